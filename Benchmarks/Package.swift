// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "hostler", path: "..")],
    targets: [
        .target(name: "Timing"),
        .executableTarget(
            name: "EngineBenchmark",
            dependencies: ["Timing", .product(name: "DomainXML", package: "hostler")]
        ),
        .executableTarget(
            name: "DriveBenchmark",
            dependencies: ["Timing", .product(name: "Provisioning", package: "hostler")]
        ),
        .executableTarget(
            name: "DownloadBenchmark",
            dependencies: ["Timing", .product(name: "Provisioning", package: "hostler")]
        ),
    ]
)
