//! Sessions, against what is known of them exactly.
#![expect(clippy::float_arithmetic, reason = "what is expected is a real number")]

use super::super::who::Who;
use super::super::{Engine, Figures, Group, Happening, Luck, Plan, Users, What, run};
use super::small::{edge, plan, service, system};
use crate::chance::Law;
use crate::gateway::{Balance, Upstream, UpstreamSettings};
use crate::orchestrator::{Orchestrator, RestartPolicy, Script, Systemd, SystemdSettings, Verify};
use crate::outcome::{Cause, Place, SessionFigures};
use crate::system::{Callee, Edge, Roll, Service, SessionPlace, Sessions, Store, System, Use};
use crate::{Seed, Span, Tick};

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };
const HERE: Place = Place { start: 0, end: 0 };

/// A service whose instances remember who is logged in.
fn remembering(replicas: u64) -> Service {
    let mut api = service(Law::Zero, 1);
    api.replicas = replicas;
    api.sessions = Some(Sessions {
        place: HERE,
        kept: SessionPlace::Memory,
    });
    api
}

/// Along an edge on which users are told apart.
fn known(caller: Option<usize>, callee: usize) -> Edge {
    Edge {
        knows_users: true,
        ..edge(caller, callee)
    }
}

fn sticky() -> Edge {
    Edge {
        sticky: true,
        ..known(None, 0)
    }
}

/// So many users who ask 100 times a second, together, for so many seconds.
fn asking(users: u64, seconds: u64) -> Plan {
    let mut plan = plan(100, seconds);
    plan.users.push(Users {
        edge: 0,
        from: Tick::START,
        count: users,
    });
    plan
}

fn happens(plan: &mut Plan, second: u64, what: What) {
    plan.happenings.push(Happening {
        at: Tick::at(second * 1_000_000),
        length: None,
        what,
        text: String::new(),
        place: None,
    });
}

fn figures(system: &System, plan: &Plan) -> Figures {
    let figures = run(system, plan, LUCK).figures;
    for service in &figures.services {
        let (requests, sessions) = (&service.requests, service.sessions.unwrap_or_default());
        let ended = requests.succeeded + requests.failed() + requests.dropped();
        assert_eq!(requests.arrived, ended + requests.in_flight());
        assert!(sessions.lost() <= sessions.begun, "{sessions:?}");
    }
    assert_eq!(figures, run(system, plan, LUCK).figures);
    figures
}

/// The part of requests that lose a session, of those of users who had one before; and how far it may be off.
fn part_lost(figures: &Figures, service: usize) -> (f64, f64) {
    let own = &figures.services[service];
    let sessions = own.sessions.unwrap();
    assert_eq!(own.requests.of(Cause::SessionLost), sessions.lost());
    let later = (own.requests.arrived - (sessions.begun - sessions.lost())) as f64;
    let part = sessions.lost() as f64 / later;
    (part, 4.0 * (part * (1.0 - part) / later).sqrt())
}

fn assert_part(figures: &Figures, service: usize, expected: f64) {
    let (part, off) = part_lost(figures, service);
    assert!((part - expected).abs() <= off, "{part} ± {off}, not {expected}");
}

/// A session is where its user was answered last, and the next request goes there with a chance of one in so many.
#[test]
fn chance_finds_the_way_back_once_in_so_many_times() {
    for replicas in [1, 2, 3, 8] {
        let system = system(vec![remembering(replicas)], vec![known(None, 0)]);
        let figures = figures(&system, &asking(50, 200));
        let others = (replicas - 1) as f64 / replicas as f64;
        assert_part(&figures, 0, others);
        let sessions = figures.services[0].sessions.unwrap();
        assert_eq!((sessions.begun - sessions.lost(), sessions.ended), (50, 0));
    }
}

fn units(mut of: Service) -> Service {
    let seconds = |seconds: u64| Span::from_micros(seconds * 1_000_000);
    let verify = Verify {
        asks: true,
        boot: seconds(30),
        after: seconds(3),
        every: seconds(2),
        tries: 3,
        answer: seconds(5),
    };
    let script = Script {
        candidate: false,
        verify,
    };
    let settings = SystemdSettings {
        restart: RestartPolicy::Always,
        delay: seconds(1),
        limit: None,
        script,
    };
    of.roll = Roll::Own {
        orchestrator: Box::new(Orchestrator::from(Systemd::new(settings, 0))),
        on_host: true,
    };
    of
}

fn behind_nginx(servers: usize, balance: Balance) -> Edge {
    let settings = UpstreamSettings::written(balance, Span::from_micros(60_000_000), false);
    Edge {
        nginx: Some(Upstream::new(settings, servers)),
        timeout: Some(Span::from_micros(60_000_000)),
        ..known(None, 0)
    }
}

/// In turn: a user is back at the same of R servers after a whole number of rounds. Of N users each request is of the same one as the
/// last with p = 1/N, so that this is Σ p (1 - p)^(jR - 1) = p (1 - p)^(R - 1) ÷ (1 - (1 - p)^R).
fn back_in_turn(users: u64, servers: u64) -> f64 {
    let p = 1.0 / users as f64;
    let (servers, other) = (i32::try_from(servers).unwrap(), 1.0 - p);
    p * other.powi(servers - 1) / (1.0 - other.powi(servers))
}

#[test]
fn turns_find_the_way_back_more_seldom_still() {
    // 0.877 and 0.769 of all; by chance it would be 0.75.
    for users in [3, 20] {
        let entry = behind_nginx(4, Balance::RoundRobin);
        let in_turn = system(vec![units(remembering(4))], vec![entry]);
        assert_part(&figures(&in_turn, &asking(users, 200)), 0, 1.0 - back_in_turn(users, 4));
        // Processes of one instance take turns as well.
        let mut one = remembering(1);
        one.processes = 4;
        let processes = system(vec![one], vec![known(None, 0)]);
        assert_part(
            &figures(&processes, &asking(users, 200)),
            0,
            1.0 - back_in_turn(users, 4),
        );
    }
}

#[test]
fn a_client_that_stays_loses_nothing() {
    let by_cookie = system(vec![remembering(8)], vec![sticky()]);
    let by_address = system(vec![units(remembering(8))], vec![behind_nginx(8, Balance::Sticky)]);
    for system in [by_cookie, by_address] {
        let sessions = figures(&system, &asking(500, 100)).services[0].sessions.unwrap();
        assert_eq!((sessions.begun, sessions.lost()), (500, 0));
    }
}

/// Each user once at least; and at most once with each instance that goes, and each that comes.
#[test]
fn a_rollout_logs_everybody_out() {
    let mut api = remembering(4);
    api.revisions.push(api.revisions[0].clone());
    let mut plan = asking(200, 200);
    let what = What::Rollout {
        service: 0,
        revision: 1,
    };
    happens(&mut plan, 60, what);
    let figures = figures(&system(vec![api], vec![sticky()]), &plan);
    let lost = figures.services[0].sessions.unwrap().lost();
    assert!((200..=200 * 8).contains(&lost), "{lost}");
    assert_eq!(figures.clients.failed(), lost);
}

/// Source: ingress-nginx, `sticky_balanced.lua`: "roughly (n-c)/n users will lose their session".
#[test]
fn a_further_instance_takes_its_part_of_the_users() {
    let mut plan = asking(2_000, 400);
    happens(&mut plan, 100, What::Scale(0, 5));
    let sessions = figures(&system(vec![remembering(4)], vec![sticky()]), &plan).services[0]
        .sessions
        .unwrap();
    // 400; the standard deviation is 18.
    assert!((328..472).contains(&sessions.lost()), "{sessions:?}");
    assert_eq!(sessions.ended, 0);
}

/// nginx sends the clients of a server that is away elsewhere, and back again: two sessions each.
#[test]
fn clients_of_a_server_that_was_away_come_back() {
    let mut api = units(remembering(4));
    api.revisions[0].boot = Some(Law::Fixed(Span::from_micros(30_000_000)));
    let mut plan = asking(400, 200);
    happens(&mut plan, 50, What::Kill(0, 1));
    let system = system(vec![api], vec![behind_nginx(4, Balance::Sticky)]);
    let SessionFigures { ended, elsewhere, .. } = figures(&system, &plan).services[0].sessions.unwrap();
    // About 100 are its clients.
    assert!(
        (60..140).contains(&ended) && elsewhere <= ended && ended - elsewhere < 30,
        "{ended} {elsewhere}"
    );
}

#[test]
fn the_same_client_asks_again() {
    let mut plan = plan(0, 100);
    plan.groups.push(Group {
        edge: 0,
        clients: 5,
        think: Law::Fixed(Span::from_micros(500_000)),
        from: Tick::START,
        until: Tick::NEVER,
    });
    let mut entry = sticky();
    entry.retries = 3;
    let held = figures(&system(vec![remembering(4)], vec![entry]), &plan);
    assert_eq!(held.services[0].sessions.unwrap().begun, 5);
    let spread = figures(&system(vec![remembering(4)], vec![known(None, 0)]), &plan);
    assert_part(&spread, 0, 0.75);
}

#[test]
fn who_asks_is_passed_on_to_whom_it_matters() {
    let web = service(Law::Zero, 1);
    let mut web = Service { calls: vec![1], ..web };
    web.replicas = 2;
    let edges = vec![known(None, 0), known(Some(0), 1)];
    let figures = figures(&system(vec![web, remembering(3)], edges), &asking(40, 200));
    assert_part(&figures, 1, 2.0 / 3.0);
    assert_eq!(
        figures.clients.of(Cause::SessionLost),
        figures.services[1].sessions.unwrap().lost()
    );
}

#[test]
fn what_a_volatile_cache_held_is_lost_once() {
    let mut api = remembering(3);
    api.sessions = Some(Sessions {
        place: HERE,
        kept: SessionPlace::Cache(0),
    });
    api.uses.push(Use::unlimited(HERE, 0));
    let mut system = system(vec![api], vec![known(None, 0)]);
    system.stores.push(Store {
        place: HERE,
        limit: None,
        capacity: None,
        service: Law::Zero,
        latency: Law::Zero,
        failover: None,
        quota: None,
    });
    let mut plan = asking(50, 200);
    happens(&mut plan, 100, What::FailStore(0, None));
    plan.happenings[0].length = Some(Span::from_micros(5_000_000));
    let figures = figures(&system, &plan);
    let sessions = figures.services[0].sessions.unwrap();
    assert_eq!((sessions.begun, sessions.ended, sessions.elsewhere), (100, 50, 0));
    let away = figures.clients.of(Cause::StoreDown);
    assert!((400..600).contains(&away), "{away}");
}

/// While a canary has a part of the traffic, who was there before stays, and of who comes new that part sees the canary, always.
#[test]
fn a_cookie_of_one_side_of_a_split_holds() {
    let mut api = remembering(3);
    api.revisions.push(api.revisions[0].clone());
    let system = system(vec![api], vec![sticky()]);
    let plan = plan(0, 1);
    let mut engine = Engine::new(&system, &plan, LUCK, None);
    engine.create_at_rest(0, 1, 9);
    let revision = |engine: &mut Engine<'_>, user: u32| {
        let instance = engine.choose(0, Who::client(user)).unwrap();
        (instance, engine.instances[instance].revision)
    };
    engine.services[0].split = Some((0, 1_000_000, 0));
    let before: Vec<_> = (0..100).map(|user| revision(&mut engine, user)).collect();
    engine.services[0].split = Some((1, 300_000, 0));
    let after: Vec<_> = (0..1_100).map(|user| revision(&mut engine, user)).collect();
    assert_eq!(before, after[..100]);
    let canary = after.iter().filter(|(_, revision)| *revision == 1).count();
    // 300; the standard deviation is 14.5.
    assert!((240..360).contains(&canary), "{canary}");
    let again: Vec<_> = (0..1_100).map(|user| revision(&mut engine, user)).collect();
    assert_eq!(after, again);
}

/// Who asks is drawn from a stream of its own, and only where it matters.
#[test]
fn nothing_else_is_shuffled() {
    let with = |entry: Edge, users: u64| {
        let mut plan = asking(users, 100);
        happens(&mut plan, 50, What::Kill(0, 1));
        run(
            &system(vec![service(super::small::exponential(20_000), 1)], vec![entry]),
            &plan,
            LUCK,
        )
        .figures
    };
    let plain = with(edge(None, 0), 1);
    assert_eq!(plain, with(edge(None, 0), 500));
    assert_eq!(plain, with(known(None, 0), 500));
    assert_eq!(known(None, 0).callee, Callee::Service(0));
}
