//! The example platform, running: nginx, PM2, Node and `release.sh` as they are emitted, under load. `scripts/live` runs the
//! five rounds that are promised, the suite one.

pub(crate) mod install;
mod load;
pub(crate) mod machine;
mod released;
mod stop;
mod units;
mod websocket;

use std::time::Duration;

use install::Setup;
use load::Watched;
use machine::Machine;
use websocket::Listener;

/// How often the good case is repeated: `LIVE_ROUNDS`.
fn rounds() -> usize {
    std::env::var("LIVE_ROUNDS").map_or(1, |rounds| rounds.parse().unwrap())
}

/// A reload, a release of the API and one of the frontend: no idempotent request fails, no page is stale, and a WebSocket
/// client that lost its connection has a new one.
#[test]
fn releases_lose_no_request() {
    let Some(machine) = Machine::start(&Setup::default()) else {
        return;
    };
    machine.deploy_site("1.0.0");
    machine.deploy("1.0.0", |_| {}).succeeded();
    for round in 1..=rounds() {
        let (old, new) = (format!("{round}.0.0"), format!("{}.0.0", round + 1));
        let load = machine.load(&Watched::all());
        let writes = machine.load(&Watched::writing());
        let listener = Listener::start(machine.edge());
        listener.hears(&old);

        let workers = machine.workers();
        machine.reload();
        let reloaded = machine.workers();
        assert_eq!(reloaded.len(), workers.len());
        assert!(
            reloaded.iter().all(|pid| !workers.contains(pid)),
            "{workers:?} {reloaded:?}"
        );

        machine.deploy(&new, |_| {}).succeeded();
        machine.deploy_site(&new);
        load.page_is_now(&new);
        listener.hears(&new);

        let counts = load.stop();
        let writes = writes.stop();
        eprintln!("round {round}: {counts}; of requests that nobody repeats: {writes}");
        counts.has_no_failures();
        assert!(100 < counts.answered(), "{counts}");
        assert!(1 <= listener.reconnected());
    }
    machine.forgets_what_was_removed();
}

/// The candidate is asked first, so a release that is not well ends no process of the one before. One that is well alone
/// and not in its place is taken back.
#[test]
fn a_bad_release_is_taken_back() {
    let Some(machine) = Machine::start(&Setup::two().boots_within(4)) else {
        return;
    };
    machine.deploy_site("1.0.0");
    machine.deploy("1.0.0", |_| {}).succeeded();
    let (workers, current) = (machine.workers(), machine.current());
    let load = machine.load(&Watched::all());

    let unwell = machine.deploy("2.0.0", |app| app.replace("src/routes.js", "state.draining)", "true)"));
    unwell.failed_with(1, "does not answer as it should: nothing was replaced");
    let silent = machine.deploy("3.0.0", |app| {
        app.replace("src/server.js", "server.listen(port", "process.exit(1, port")
    });
    silent.failed_with(1, "the candidate has ended");
    assert_eq!(
        (machine.workers(), machine.current()),
        (workers.clone(), current.clone())
    );

    let ended = machine.deploy_and_end("3.5.0");
    assert_eq!(ended, Some(1));
    assert_eq!(
        (machine.workers(), machine.current()),
        (workers.clone(), current.clone())
    );

    // Only where the candidate was not: it did not fail, so the workers are replaced, and replaced again.
    let own_port = format!("state.draining || process.env.API_PORT === \"{}\")", machine.api_port());
    let elsewhere = machine.deploy("4.0.0", |app| {
        app.replace("src/routes.js", "state.draining)", &own_port)
    });
    elsewhere.failed_with(1, "back to ");
    assert_eq!(machine.current(), current);
    assert!(machine.workers().iter().all(|pid| !workers.contains(pid)));
    assert_eq!(machine.answer("/api/release"), "1.0.0");

    let second = machine.while_another_releases(|| machine.deploy("5.0.0", |_| {}));
    second.failed_with(2, "another release is under way");

    let counts = load.stop();
    eprintln!("bad releases: {counts}");
    // Health is what failed, on purpose; nothing else did.
    counts.has_no_failures();

    machine.deploy("6.0.0", |_| {}).succeeded();
    assert_eq!(machine.answer("/api/release"), "6.0.0");
    machine.rollback("srv/api").succeeded();
    assert_eq!(
        (machine.answer("/api/release"), machine.current()),
        ("1.0.0".to_owned(), current)
    );
}

/// The frontend: five releases stay, and what is needed to go back; one without a start page is none.
#[test]
fn old_releases_go_and_the_previous_one_never() {
    let Some(machine) = Machine::start(&Setup::two()) else {
        return;
    };
    for release in ["a", "b", "c", "d", "e", "f", "g"] {
        machine.deploy_site(release);
    }
    assert_eq!(machine.kept_of_the_site(), ["c", "d", "e", "f", "g"]);
    // Whose page is open asks for assets of the release before, and nobody for those of the one before that.
    let of = |release: &str| machine.status(&machine.script_of(release));
    assert_eq!((of("g"), of("f"), of("e")), (200, 200, 404));
    machine.rollback("opt/frontend").succeeded();
    let page = |release: &str| assert!(machine.page().contains(&format!("content=\"{release}\"")), "{release}");
    page("f");
    // What ran before the rollback is what a second one goes to.
    machine.rollback("opt/frontend").succeeded();
    page("g");
    let before = machine.files();
    machine.shows("opt/frontend");
    machine.shows("srv/api");
    assert_eq!(machine.files(), before);
    machine.deploy_nothing().failed_with(1, "has no index.html");
    page("g");
}

/// What is known to lose requests does: else the tests above would prove nothing.
#[test]
fn known_mistakes_lose_requests() {
    let no_handler = "export function drain() {\n  return { draining: false };\n}\n";
    let slow_boot = "await new Promise((done) => setTimeout(done, 3000));\n";
    let setups = [
        (
            "no handler of signals",
            Setup::two().changed("src/drain.js", no_handler),
        ),
        (
            "kill_timeout shorter than a request",
            Setup::two().with("kill_timeout", 100),
        ),
        (
            "listen_timeout shorter than the boot",
            Setup::two()
                .with("listen_timeout", 300)
                .began("src/server.js", slow_boot),
        ),
    ];
    for (mistake, setup) in setups {
        let Some(machine) = Machine::start(&setup) else {
            return;
        };
        machine.deploy_site("1.0.0");
        machine.start_without_trial("1.0.0");
        let load = machine.load(&Watched::slow());
        // nginx asks once more where a connection breaks that it had kept, so not every request that is cut off is lost.
        for _ in 0..12 {
            machine.reload();
            std::thread::sleep(Duration::from_millis(500));
            if 0 < load.failed() {
                break;
            }
        }
        let counts = load.stop();
        eprintln!("{mistake}: {counts}");
        assert!(0 < counts.failed(), "{mistake}: {counts}");
    }
}
