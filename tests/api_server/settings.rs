//! What settings of a service become.

use super::Is::{self, Absent, Refused, Written};

/// Settings of the service `api`.
pub(super) const SETTINGS: &[(&str, &str, Is)] = &[
    (
        "unknown field",
        "pod_replacement_policy Failed",
        Refused("unknown setting"),
    ),
    ("replicas as text", "scale \"3\"", Refused("expected a whole number")),
    (
        "variable as number",
        "env A 3000",
        Written("deployment-api", "value: '3000'"),
    ),
    (
        "quantity 512MB",
        "memory 512MB",
        Written("deployment-api", "memory: '512M'"),
    ),
    ("quantity without unit", "memory 512", Refused("a size needs a unit")),
    ("memory in thousandths", "memory 100m", Refused("may mean powers")),
    (
        "cpu below a thousandth",
        "cpu 0.0001",
        Refused("finer than a thousandth"),
    ),
    (
        "negative period",
        "health { live \"/x\" { every -5s } }",
        Refused("numbers have no sign"),
    ),
    (
        "zero period",
        "health { live \"/x\" { every 0s } }",
        Written("deployment-api", "periodSeconds: 1\n"),
    ),
    (
        "zero failures",
        "health { live \"/x\" { failing 0 } }",
        Absent("deployment-api", "failureThreshold: 0"),
    ),
    (
        "probe without handler",
        "health { live { every 5s } }",
        Refused("`live` needs a path"),
    ),
    (
        "probe with two handlers",
        "health { live \"/x\" tcp }",
        Refused("takes 1 value"),
    ),
    (
        "liveness successThreshold",
        "health { live \"/x\" { passing 2 } }",
        Written("deployment-api", "successThreshold: 1\n"),
    ),
    (
        "readiness grace period",
        "health { ready \"/x\" { grace 5s } }",
        Refused("unknown setting `grace`"),
    ),
    (
        "probe of undeclared name",
        "health { ready \"/\" { port metrics } }",
        Refused("no listener `metrics`"),
    ),
    (
        "probe of undeclared port",
        "health { ready \"/\" { port 9999 } }",
        Refused("where nothing listens"),
    ),
    ("relative probe path", "health { ready \"x\" }", Refused("not a path")),
    (
        "header of two words",
        "health { ready \"/\" { header \"a b\" \"c\" } }",
        Refused("name of a header"),
    ),
    (
        "limit below request",
        "memory 1Gi..512Mi",
        Refused("less than the request"),
    ),
    ("cpu limit below request", "cpu 2..1", Refused("less than the request")),
    (
        "selector mismatch",
        "labels { \"app.kubernetes.io/name\" \"x\" }",
        Absent("deployment-api", "name: 'x'"),
    ),
    (
        "no surge, none unavailable",
        "scale 3; rollout rolling { surge 0; unavailable 0 }",
        Refused("may neither start"),
    ),
    (
        "the same in percent",
        "scale 3; rollout rolling { surge 0%; unavailable 0% }",
        Refused("may neither start"),
    ),
    (
        "percent that round to none",
        "scale 3; rollout rolling { surge 0; unavailable 10% }",
        Absent("deployment-api", "maxSurge: 0\n      maxUnavailable: '0%'"),
    ),
    (
        "percent with a fraction",
        "scale 3; rollout rolling { surge 12.5% }",
        Written("deployment-api", "maxSurge: '13%'"),
    ),
    (
        "unavailable 150%",
        "scale 3; rollout rolling { unavailable 150% }",
        Refused("may take all of its 3 instances away"),
    ),
    (
        "recreate with surge",
        "rollout recreate { surge 1 }",
        Refused("has no setting `surge`"),
    ),
    (
        "min_ready beyond deadline",
        "scale 2; rollout rolling { min_ready 10m; deadline 5m }",
        Refused("is given up after 5m"),
    ),
    (
        "min_ready equals deadline",
        "scale 2; rollout rolling { min_ready 5m; deadline 5m }",
        Refused("is given up after 5m"),
    ),
    (
        "sleep longer than grace",
        "shutdown { settle 60s; grace 30s }",
        Refused("needs 1m to stop"),
    ),
    (
        "sleep equal to grace",
        "shutdown { settle 30s; drain 0s; grace 30s }",
        Refused("settles for 30s of 30s"),
    ),
    (
        "sleep equal once rounded",
        "shutdown { settle 29500ms; drain 100ms; grace 30s }",
        Refused("settles for 30s of 30s"),
    ),
    ("port 0", "listen tcp 0 { name b }", Refused("0 is no port")),
    ("port 70000", "listen tcp 70000 { name b }", Refused("70000 is no port")),
    ("two ports of one name", "listen http 81", Refused("is set twice")),
    (
        "two ports of one number",
        "listen tcp 80 { name b }",
        Refused("are reached on port 80"),
    ),
    (
        "port name of 21 characters",
        "listen tcp 81 { name a-very-long-port-name }",
        Absent("deployment-api", "'a-very-long-port-name'"),
    ),
    ("autoscaler backwards", "scale 5..2", Refused("runs backwards")),
    (
        "autoscaler from 0",
        "cpu 1; scale 0..3 { cpu 70% }",
        Written("horizontalpodautoscaler-api", "minReplicas: 1\n"),
    ),
    (
        "autoscaler that aims at 0%",
        "cpu 1; scale 1..3 { cpu 0% }",
        Refused("cannot aim at 0"),
    ),
    (
        "autoscaler that aims at 0/s",
        "scale 1..3 { rate 0/s }",
        Refused("cannot aim at 0"),
    ),
    (
        "autoscaler with a period of 1h",
        "cpu 1; scale 1..3 { up { by 1; every 1h } }",
        Written("horizontalpodautoscaler-api", "periodSeconds: 1800"),
    ),
    (
        "autoscaler with a window of 2h",
        "cpu 1; scale 1..3 { up { window 2h } }",
        Written("horizontalpodautoscaler-api", "WindowSeconds: 3600"),
    ),
    (
        "budget with both",
        "scale 3; budget { unavailable 1; available 1 }",
        Refused("unknown setting `available`"),
    ),
    (
        "budget of a part of a percent",
        "scale 3; budget { unavailable 0.4% }",
        Written("poddisruptionbudget-api", "'1%'"),
    ),
    ("variable twice", "env A b; env A c", Refused("is set twice")),
    (
        "variable and secret",
        "env A b; secret A from \"vault:a#b\"",
        Refused("by `env` and by `secret`"),
    ),
    (
        "variable with an equals sign",
        "env \"A=B\" c",
        Refused("name of a variable"),
    ),
    ("label twice", "labels { a \"1\"; a \"2\" }", Refused("is set twice")),
    (
        "label with a blank",
        "labels { a \"b c\" }",
        Refused("cannot be a label"),
    ),
    (
        "annotation key with a blank",
        "annotations { \"a b\" \"c\" }",
        Refused("key of a label or annotation"),
    ),
    (
        "runAsNonRoot with user 0",
        "security { user 0 }",
        Written("deployment-api", "runAsNonRoot: false"),
    ),
    (
        "user beyond 32 bits",
        "security { user 99_999_999_999 }",
        Refused("number of a user"),
    ),
    (
        "missing ConfigMap",
        "env_from nothing",
        Refused("there is no config_set `nothing`"),
    ),
    (
        "ConfigMap of more than 1 MiB",
        "file \"/a\" from \"big.txt\"",
        Refused("a ConfigMap holds"),
    ),
    (
        "two volumes at one path",
        "volume a \"/d\"; volume b \"/d\"",
        Refused("are at `/d`"),
    ),
    (
        "file and volume at one path",
        "volume a \"/d\"; file \"/d\" from \"a.txt\"",
        Refused("is a file and a volume"),
    ),
    (
        "volume of nothing",
        "volume a \"/d\" { kind persistent; size 0Mi }",
        Refused("holds nothing"),
    ),
    (
        "volume at the root",
        "volume a \"/\"",
        Refused("nothing can be mounted"),
    ),
    (
        "file at the root",
        "file \"/\" from \"a.txt\"",
        Refused("nothing can be mounted"),
    ),
    (
        "mount path that climbs",
        "volume a \"/a/../b\"",
        Refused("nothing can be mounted"),
    ),
    (
        "mount path with a colon",
        "volume a \"/a:b\"",
        Refused("path with a colon"),
    ),
    (
        "priority class in capitals",
        "placement { priority High }",
        Refused("not the name of an object"),
    ),
    (
        "Secret in capitals",
        "secret A from \"k8s:Shared#a\"",
        Refused("not the name of an object"),
    ),
    (
        "key of a Secret with a blank",
        "secret A from \"vault:a#c d\"",
        Refused("key of a Secret"),
    ),
    (
        "capability in small letters",
        "security { capabilities [\"net_admin\"] }",
        Refused("in capitals"),
    ),
    (
        "weight beyond 100%",
        "scale 2; rollout canary { step 150% }",
        Refused("more than all of the traffic"),
    ),
    (
        "image of a sidecar",
        "sidecar b { image \"B:::\" }",
        Refused("no reference to an image"),
    ),
    (
        "image of a step",
        "before b { image \"B:::\"; run \"x\" }",
        Refused("no reference to an image"),
    ),
    (
        "malformed image",
        "image \"Acme/Web:::\"",
        Refused("no reference to an image"),
    ),
    (
        "image with a blank",
        "image \" a:1\"",
        Refused("no reference to an image"),
    ),
    ("namespace", "", Written("deployment-api", "namespace: 'shop'")),
];
