//! What other blocks become, and what depends on the version of the cluster.

use super::Is::{self, Absent, Refused, Written};

/// Whole specs beside the service `api`.
pub(super) const BESIDE: &[(&str, &str, Is)] = &[
    (
        "name in capitals",
        "service API { image \"a:1\" }",
        Refused("cannot be a name"),
    ),
    (
        "name of 64 characters",
        "service aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa { image \"a:1\" }",
        Refused("longer than 63"),
    ),
    (
        "name that begins with a digit",
        "service \"1a\" { image \"a:1\" }",
        Refused("cannot be a name"),
    ),
    (
        "long name of a CronJob",
        "job aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa { image \"a:1\"; schedule \"@daily\" }",
        Absent(
            "cronjob-",
            "\n  name: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
        ),
    ),
    (
        "minute 61",
        "job j { image \"a:1\"; schedule \"61 * * * *\" }",
        Refused("is no minute"),
    ),
    (
        "six fields",
        "job j { image \"a:1\"; schedule \"0 0 0 * * *\" }",
        Refused("has five fields"),
    ),
    (
        "TZ in the schedule",
        "job j { image \"a:1\"; schedule \"TZ=UTC 0 0 * * *\" }",
        Refused("has five fields"),
    ),
    (
        "zone Mars/Phobos",
        "job j { image \"a:1\"; schedule \"@daily\" { zone \"Mars/Phobos\" } }",
        Refused("is no time zone"),
    ),
    (
        "zone Local",
        "job j { image \"a:1\"; schedule \"@daily\" { zone \"Local\" } }",
        Refused("is no time zone"),
    ),
    (
        "zone of the database",
        "job j { image \"a:1\"; schedule \"@daily\" { zone \"America/Argentina/Buenos_Aires\" } }",
        Written("cronjob-j", "timeZone: 'America/Argentina/Buenos_Aires'"),
    ),
    (
        "no parallel runs",
        "job j { image \"a:1\"; parallel 0 }",
        Refused("cannot be 0"),
    ),
    (
        "autoscaler that aims at an empty queue",
        "queue q { engine rabbitmq 4; url \"amqp://10.0.0.1\" }\nworker w { image \"a:1\"; scale 1..3 { queue q 0 } }",
        Refused("cannot aim at 0"),
    ),
    (
        "Ingress without pathType",
        "gateway g { domain \"a.example.com\"; route \"/\" api }",
        Written("ingress-g-api", "pathType: 'Prefix'"),
    ),
    (
        "host in capitals",
        "gateway g { domain \"Shop.Example.com\"; route \"/\" api }",
        Refused("as a host"),
    ),
    (
        "host that is an address",
        "gateway g { domain \"10.0.0.1\"; route \"/\" api }",
        Refused("as a host"),
    ),
    (
        "path that climbs",
        "gateway g { route \"/a/../b\" api }",
        Refused("as a path"),
    ),
    (
        "path twice",
        "gateway g { route \"/a\" api; route \"/a\" api }",
        Refused("is set twice"),
    ),
];

/// Of the cluster.
pub(super) const CLUSTERS: &[(&str, &str, &str, Is)] = &[
    (
        "removed versions",
        "version 1.24",
        "",
        Refused("not written for Kubernetes 1.24"),
    ),
    (
        "sleep of an old cluster",
        "version 1.28",
        "shutdown { settle 5s }",
        Written("deployment-api", "- 'sleep'"),
    ),
    (
        "exec sleep beyond grace",
        "version 1.28",
        "shutdown { settle 300s; grace 60s }",
        Refused("needs 5m to stop"),
    ),
    (
        "exec sleep equal to grace",
        "version 1.28",
        "shutdown { settle 30s; drain 0s; grace 30s }",
        Refused("settles for 30s of 30s"),
    ),
    (
        "native sidecar",
        "version 1.28",
        "sidecar a { image \"a:1\" }",
        Absent("deployment-api", "restartPolicy"),
    ),
    (
        "eviction of what is not well",
        "version 1.25",
        "scale 2",
        Absent("poddisruptionbudget-api", "unhealthyPodEvictionPolicy"),
    ),
];
