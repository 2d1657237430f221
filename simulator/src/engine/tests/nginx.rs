//! Servers behind an nginx: who fails is left out, unless it is alone.

use super::super::{Figures, Happening, Luck, Users, What, run};
use super::small::{edge, plan, service, system};
use crate::chance::Law;
use crate::gateway::{Balance, IdleConnections, Upstream, UpstreamSettings};
use crate::orchestrator::{Orchestrator, RestartPolicy, Script, Systemd, SystemdSettings, Verify};
use crate::outcome::Cause;
use crate::system::Roll;
use crate::{Seed, Span, Tick};

const LUCK: Luck = Luck { seed: Seed(1), run: 0 };

const fn seconds(seconds: u64) -> Span {
    Span::from_micros(seconds * 1_000_000)
}

fn units() -> Roll {
    let verify = Verify {
        asks: true,
        boot: seconds(30),
        after: seconds(3),
        every: seconds(2),
        tries: 3,
        answer: seconds(5),
    };
    let settings = SystemdSettings {
        restart: RestartPolicy::Always,
        delay: seconds(1),
        limit: None,
        script: Script {
            candidate: false,
            verify,
        },
    };
    Roll::Own {
        orchestrator: Box::new(Orchestrator::from(Systemd::new(settings, 0))),
        on_host: true,
    }
}

/// So many units that answer at once, behind an nginx. After 10 s so many of them end, and boot for so long. 100 requests a second
/// for 110 s.
fn killed(servers: usize, dead: u64, boot: Option<u64>, balance: Balance) -> Figures {
    let mut api = service(Law::Zero, 1);
    api.replicas = servers as u64;
    api.roll = units();
    api.revisions[0].boot = boot.map(|boot| Law::Fixed(seconds(boot)));
    let mut entry = edge(None, 0);
    entry.timeout = Some(seconds(60));
    let settings = UpstreamSettings::written(balance, seconds(60), false);
    entry.nginx = Some(Upstream::new(settings, servers));
    entry.knows_users = true;
    let mut plan = plan(100, 110);
    plan.users.push(Users {
        edge: 0,
        from: Tick::START,
        count: 1_000,
    });
    plan.happenings.push(Happening {
        at: Tick::at(10_000_000),
        length: None,
        what: What::Kill(0, dead),
        text: String::new(),
        place: None,
    });
    run(&system(vec![api], vec![entry]), &plan, LUCK).figures
}

/// Three tries until it is left out, then one each time when the 5 s are over, in whole seconds.
#[test]
fn a_dead_server_costs_one_try_a_fail_timeout() {
    for balance in [Balance::RoundRobin, Balance::LeastConnections, Balance::Sticky] {
        let figures = killed(4, 1, None, balance);
        let refused = figures.services[0].attempts.of(Cause::Refused);
        assert!((3 + 15..=3 + 17).contains(&refused), "{refused} {balance:?}");
        // The next server had each of these.
        assert_eq!(figures.clients.failed(), 0, "{balance:?}");
    }
}

#[test]
fn with_all_left_out_nobody_is_asked() {
    let figures = killed(2, 2, None, Balance::RoundRobin);
    let refused = figures.clients.of(Cause::Refused);
    let unasked = figures.clients.of(Cause::NoEndpoint);
    assert!(refused < 50 && 9_000 < unasked, "{refused} {unasked}");
}

/// It is asked all the time, and so serves again as soon as it can.
#[test]
fn who_is_alone_is_never_left_out() {
    let figures = killed(1, 1, Some(20), Balance::RoundRobin);
    let refused = figures.clients.of(Cause::Refused);
    assert_eq!(figures.clients.of(Cause::NoEndpoint), 0);
    // A second until it is started again, and 20 s of boot.
    assert!((1_950..2_250).contains(&refused), "{refused}");
    assert_eq!(refused, figures.clients.failed());
}

/// What only reads is asked of the next server when the first one ends in the middle of it; the rest is lost with it.
#[test]
fn reads_survive_a_server() {
    let lost = |reads: Option<u64>| {
        let mut api = service(Law::Zero, 1);
        api.replicas = 4;
        api.roll = units();
        api.revisions[0].wait = Law::Fixed(seconds(4));
        let mut entry = edge(None, 0);
        entry.timeout = Some(seconds(60));
        entry.reads = reads;
        let settings = UpstreamSettings::written(Balance::RoundRobin, seconds(60), false);
        entry.nginx = Some(Upstream::new(settings, 4));
        let mut plan = plan(100, 60);
        plan.happenings.push(Happening {
            at: Tick::at(10_000_000),
            length: None,
            what: What::Kill(0, 1),
            text: String::new(),
            place: None,
        });
        run(&system(vec![api], vec![entry]), &plan, LUCK)
            .figures
            .clients
            .failed()
    };
    // A quarter of 400.
    let (all, some) = (lost(None), lost(Some(800_000)));
    assert!((70..130).contains(&all), "{all}");
    assert!((5..40).contains(&some), "{some} of {all}");
    assert_eq!((lost(Some(0)), lost(Some(1_000_000))), (all, 0));
}

/// Two processes behind one port, of which one ends for a second. Those that nginx asks meanwhile keep its connections, and so
/// have most of the requests from then on: the next end of the one costs few, that of the other many.
#[test]
fn behind_one_port_a_kept_connection_leads_to_its_process() {
    let lost = |kept: usize| {
        let mut api = service(Law::Zero, 1);
        api.replicas = 2;
        api.roll = units();
        api.revisions[0].wait = Law::Fixed(seconds(4));
        let mut entry = edge(None, 0);
        entry.timeout = Some(seconds(60));
        let settings = UpstreamSettings::written(Balance::RoundRobin, seconds(60), false);
        entry.nginx = Some(Upstream::new(settings, 1));
        let delay = Span::from_micros(250);
        entry.kept = Some(IdleConnections::new(kept, seconds(60), None, delay));
        let mut plan = plan(100, 60);
        let kill = |at: u64, count: u64| Happening {
            at: Tick::at(at * 1_000_000),
            length: None,
            what: What::Kill(0, count),
            text: String::new(),
            place: None,
        };
        plan.happenings.extend([kill(10, 1), kill(40, 1)]);
        let figures = run(&system(vec![api], vec![entry]), &plan, LUCK).figures;
        figures.clients.of(Cause::Killed)
    };
    // In turn: each of the two ends costs half of 400.
    let in_turn = lost(0);
    assert!((350..450).contains(&in_turn), "{in_turn}");
    let kept = lost(1_000);
    assert!(!(300..=500).contains(&kept), "{kept}");
}
