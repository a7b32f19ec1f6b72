// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "hostler", path: "..")],
    targets: [
        .executableTarget(
            name: "EngineBenchmark",
            dependencies: [.product(name: "DomainXML", package: "hostler")]
        )
    ]
)
