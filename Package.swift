// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// The whole of libxml2 and what Debian builds into it (but ICU, see CNoICU), so that `hostler-hook` starts with no
// dynamic linker: libvirt runs hooks with a scrubbed environment, and start-up is most of what a hook costs.
let staticLibXML2 = [
    "-static-executable", "-use-ld=lld",
    "-Xlinker", "--start-group", "-lxml2", "-llzma", "-lz", "-lm", "-lstdc++", "-Xlinker", "--end-group",
    // libxml2's own HTTP and FTP clients make the linker warn of getaddrinfo; the parser is forbidden to use them.
    "-Xlinker", "--no-warnings",
]

// What `make build` ships loads at an address of its own each time. Only there, since such a program dies at once when it
// has a RUNPATH, and the package manager gives one to every build without --disable-local-rpath.
let isShipped = Context.environment["HOSTLER_SHIP"] == "1"
let positionIndependent = ["-Xclang-linker", "-static-pie", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs"]

let package = Package(
    name: "hostler",
    products: [
        .executable(name: "hostler", targets: ["hostler"]),
        .executable(name: "hostler-hook", targets: ["hostler-hook"]),
        .executable(name: "hostlerd", targets: ["hostlerd"]),
        .library(name: "DomainXML", targets: ["DomainXML"]),
        .library(name: "Hooks", targets: ["Hooks"]),
        .library(name: "Provisioning", targets: ["Provisioning"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        // Without pkgConfig, which would link the library: CLibvirtLoader loads it when it is needed.
        .systemLibrary(name: "CLibvirt", providers: [.apt(["libvirt-dev"])]),
        .systemLibrary(name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibarchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CLibnfs", pkgConfig: "libnfs", providers: [.apt(["libnfs-dev"])]),
        .systemLibrary(name: "CLibisofs", pkgConfig: "libisofs-1", providers: [.apt(["libisofs-dev"])]),

        // Headers alone: what Swift does not see of the system's own.
        .systemLibrary(name: "CLinux"),
        .target(name: "CNoICU"),
        .target(name: "DomainXML", dependencies: ["CLibXML2"], swiftSettings: strict),
        .target(name: "Hooks", dependencies: ["CLinux", "DomainXML"], swiftSettings: strict),
        .target(name: "CLibvirtLoader", dependencies: ["CLibvirt"]),
        .target(name: "LibvirtClient", dependencies: ["CLibvirt", "CLibvirtLoader"], swiftSettings: strict),
        .target(
            name: "Provisioning",
            dependencies: [
                "CLibarchive", "CLibcurl", "CLibisofs", "CLibnfs", "CLinux", "COpenSSL", "DomainXML",
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "StateStore",
            dependencies: [.product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict
        ),
        .target(
            name: "Operations",
            dependencies: ["DomainXML", "LibvirtClient", "Provisioning", "StateStore"],
            swiftSettings: strict
        ),
        .target(
            name: "HostlerCommands",
            dependencies: [
                "DomainXML", "HostlerAPI", "LibvirtClient", "Operations", "Provisioning", "StateStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "HostlerAPI",
            dependencies: ["DomainXML", "LibvirtClient", "Operations", "Provisioning", "StateStore"],
            swiftSettings: strict
        ),
        .target(
            name: "HostlerDaemon",
            dependencies: [
                "CLinux", "DomainXML", "HostlerAPI", "LibvirtClient", "Operations", "Provisioning", "StateStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "hostlerd",
            dependencies: ["HostlerDaemon"],
            swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-use-ld=lld", "-Xlinker", "--no-warnings"])]
        ),
        .executableTarget(
            name: "hostler",
            dependencies: ["HostlerCommands"],
            swiftSettings: strict,
            // Foundation, which GRDB and Yams bring along, has a function that makes the linker warn of mktemp(3).
            linkerSettings: [.unsafeFlags(["-use-ld=lld", "-Xlinker", "--no-warnings"])]
        ),
        .executableTarget(
            name: "hostler-hook",
            dependencies: ["Hooks", "CNoICU"],
            swiftSettings: strict,
            linkerSettings: [
                .unsafeFlags(staticLibXML2 + (isShipped ? positionIndependent : [])),
                .unsafeFlags(["-Xlinker", "--gc-sections", "-Xlinker", "-s"], .when(configuration: .release)),
            ]
        ),

        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "DomainXMLTests", dependencies: ["DomainXML", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "HostlerCommandsTests",
            dependencies: [
                "HostlerAPI", "HostlerCommands", "DomainXML", "LibvirtClient", "Operations", "Provisioning",
                "StateStore",
                "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ProvisioningTests",
            dependencies: ["Provisioning", "TestSupport", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict
        ),
        // Another process for the tests of the state store, which is used by several at once.
        .executableTarget(
            name: "state-exerciser",
            dependencies: ["StateStore"],
            path: "Tests/StateExerciser",
            swiftSettings: strict
        ),
        .testTarget(
            name: "StateStoreTests",
            dependencies: [
                "StateStore", "state-exerciser", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "OperationsTests",
            dependencies: ["LibvirtClient", "Operations", "Provisioning", "StateStore", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HostlerDaemonTests",
            dependencies: [
                "HostlerAPI", "HostlerDaemon", "LibvirtClient", "Operations", "StateStore", "TestSupport",
                "Provisioning", .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HostlerAPITests",
            dependencies: ["HostlerAPI", "Operations", "Provisioning", "StateStore", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(name: "HooksTests", dependencies: ["Hooks", "TestSupport"], swiftSettings: strict),
        // Real libvirt in the loop: `make test` runs it inside of Tests/Support/private-libvirt.
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["CLibvirt", "CLibvirtLoader", "DomainXML", "TestSupport"],
            swiftSettings: strict,
            linkerSettings: [.linkedLibrary("virt")]
        ),
    ]
)
