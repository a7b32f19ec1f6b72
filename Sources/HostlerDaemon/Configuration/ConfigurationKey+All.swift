extension ConfigurationKey {
    /// In the order of their names.
    package static let all: [ConfigurationKey] = [
        Self(
            "api.certificate",
            .path,
            "",
            "The certificate chain of the TLS listener, PEM; its own certificate first."
        ),
        Self(
            "api.connections",
            .integer(1...100_000),
            "1024",
            "How many connections the TLS listener has at once; with one more, the longest idle one is closed."
        ),
        Self("api.key", .path, "", "The private key of api.certificate, PEM; a file that only root can read."),
        Self("api.listen", .listen, "", "Where the API is served with TLS, such as 0.0.0.0:8250; empty for nowhere."),
        Self("api.maximum_body", .integer(1024...67_108_864), "2097152", "Bytes that a request may have."),
        Self("api.metrics", .boolean, "false", "Whether /metrics is served on api.listen too, to everybody."),
        Self("api.timeout", .duration(1...3600), "30s", "How long a client may take to send a request."),
        Self(
            "apply.auto",
            .boolean,
            "true",
            dynamic: true,
            "Whether a guest with Hostler properties in its metadata gets them applied when it is defined or changed."
        ),
        Self(
            "certificates.interval",
            .duration(10...604_800),
            "1h",
            dynamic: true,
            "How often the trust store is held against what the zone has; at each change it is done at once."
        ),
        Self(
            "certificates.warn",
            .duration(86_400...31_536_000),
            "30d",
            dynamic: true,
            "How long before a certificate expires it is warned about."
        ),
        Self("connect", .text, "qemu:///system", "The libvirt whose guests are looked after."),
        Self("events.keep", .duration(3600...315_360_000), "30d", "How long events are kept."),
        Self(
            "healing.enabled",
            .boolean,
            "true",
            dynamic: true,
            "Whether guests that are paused since their boot ISO could not be read are resumed when it can be."
        ),
        Self("healing.first_pause", .duration(1...3600), "1s", dynamic: true, "Before the second look at the server."),
        Self(
            "healing.give_up",
            .duration(1...2_592_000),
            "1h",
            dynamic: true,
            "After this time the guest stays paused."
        ),
        Self(
            "healing.longest_pause",
            .duration(1...3600),
            "30s",
            dynamic: true,
            "Between two looks, which are ever longer apart."
        ),
        Self("hook.wait", .duration(1...3600), "30s", "How long libvirt's hook waits for what a guest needs."),
        Self("host.name", .text, "", "What this host is called in its zone; empty for its host name."),
        Self("jobs.keep", .duration(60...315_360_000), "30d", "How long the results of jobs are kept."),
        Self(
            "log.level",
            .oneOf(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
            "info",
            dynamic: true,
            "The least important messages that are logged."
        ),
        Self(
            "page.size",
            .integer(1...100_000),
            "500",
            "The largest page of a list, and the usual one."
        ),
        Self(
            "reconcile.interval",
            .duration(1...86_400),
            "60s",
            dynamic: true,
            "How often all guests are held against libvirt, also without an event."
        ),
        Self(
            "release.after",
            .duration(1...31_536_000),
            "10m",
            dynamic: true,
            "How long a guest has to be gone before its config drive and what that was made of are removed, and staged files that "
                + "no guest needs any more."
        ),
        Self(
            "socket.group",
            .text,
            "libvirt",
            "Who may use the socket besides root; where there is none, group hostler."
        ),
        Self(
            "socket.path",
            .path,
            "/run/hostler/hostler.sock",
            "The socket; libvirt's hook knows the usual one alone."
        ),
        Self(
            "templates.at_once",
            .integer(1...64),
            "4",
            dynamic: true,
            "How many templates and ISOs are brought here at once; the others wait."
        ),
        Self(
            "templates.connect_timeout",
            .duration(1...600),
            "15s",
            dynamic: true,
            "How long a source may take to accept a connection."
        ),
        Self(
            "templates.connections",
            .integer(1...16),
            "1",
            dynamic: true,
            "How many parts of one template are fetched at once from a server that serves ranges."
        ),
        Self(
            "templates.hook_wait",
            .duration(1...600),
            "5s",
            dynamic: true,
            "How long libvirt's hook waits for a template; meanwhile all that asks libvirt about this guest or about all waits."
        ),
        Self(
            "templates.idle_timeout",
            .duration(1...3600),
            "60s",
            dynamic: true,
            "How long nothing may come from a source before it is asked again, or the next mirror is."
        ),
        Self(
            "templates.maximum_size",
            .integer(1_048_576...4_611_686_018_427_387_904),
            "1099511627776",
            dynamic: true,
            "Bytes that a template may have, as it comes and expanded."
        ),
        Self(
            "templates.proxy",
            .text,
            "",
            dynamic: true,
            "The proxy of downloads, http://host:port; empty for what the daemon's environment says (https_proxy, no_proxy)."
        ),
        Self(
            "templates.total_timeout",
            .duration(1...604_800),
            "3h",
            dynamic: true,
            "How long one source may take for a template in all."
        ),
        Self(
            "trust.system",
            .boolean,
            "false",
            dynamic: true,
            "Whether the zone's certificates are put into the system's trust store too, which is the only one that QEMU reads."
        ),
        Self("zone.name", .text, "default", "The zone that this host is in."),
    ]
}
