// swift-tools-version: 6.2
import PackageDescription

// A package of its own: everything in it, Hostler's libraries included, is built with libFuzzer's instrumentation, which
// `make fuzz` asks for on the command line.
let fuzzers = ["FuzzDocument", "FuzzProperties", "FuzzVMI"]

let package = Package(
    name: "fuzzing",
    dependencies: [.package(name: "hostler", path: "../..")],
    targets: [.target(name: "FuzzDriver")]
        + fuzzers.map { name in
            .executableTarget(
                name: name,
                dependencies: [
                    "FuzzDriver",
                    .product(name: "DomainXML", package: "hostler"),
                    .product(name: "Hooks", package: "hostler"),
                ]
            )
        }
)
