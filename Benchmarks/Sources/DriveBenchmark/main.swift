import Glibc
import Provisioning
import Timing

// Config drives, for `Benchmarks/run`:
//   DriveBenchmark tree FOLDER        writes the files of a typical drive, hard links and all
//   DriveBenchmark compare RUNS OUT THEIRS -- COMMAND…
//                                     a typical drive made in process and written to OUT, against COMMAND, which writes
//                                     THEIRS, one in turn with the other; prints both medians in milliseconds
//   DriveBenchmark parts RUNS OUT     prints the medians of a drive's parts in milliseconds: files, image, writing
//   DriveBenchmark memory DRIVES      prints the growth of the peak resident set from the 100th drive on, in bytes

/// Twenty different files (and what OpenStack's versions link to them), 32 kB of user data.
let typical = ConfigDriveData(
    userData: Array("#cloud-config\n".utf8) + [UInt8](repeating: UInt8(ascii: "#"), count: 32 << 10),
    sshKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS bench"],
    metadata: [
        "availability-zone": "zone", "service-offering": "small", "public-hostname": "bench",
        "local-ipv4": "192.0.2.10",
        "public-ipv4": "192.0.2.10", "cloud-identifier": "CloudStack-{0b1b6f0a}", "hypervisor-host-name": "host",
        "role": "web", "tier": "front",
    ],
    password: "correct horse",
    network: .auto
)
let guest = GuestFacts(
    uuid: "0b1b6f0a-6f0e-4a4e-8d1c-0c8d3f1f6c09",
    name: "bench",
    interfaces: [GuestFacts.Interface(mac: "52:54:00:00:00:01")]
)

func usage() -> Never {
    print("usage: DriveBenchmark tree FOLDER | compare RUNS OUT THEIRS -- COMMAND… | parts RUNS OUT | memory DRIVES")
    exit(64)
}

func writeTree(_ folder: String) throws {
    let tree = try ConfigDriveBuilder().tree(typical, for: guest)
    var written: [Int: String] = [:]
    for file in tree.files {
        var current = folder
        for part in file.path.split(separator: "/").dropLast() {
            current += "/" + part
            mkdir(current, 0o755)
        }
        let path = folder + "/" + file.path
        if let first = written[file.content] {
            link(first, path)
            continue
        }
        written[file.content] = path
        let bytes = tree.contents[file.content]
        guard let handle = fopen(path, "w") else { throw ConfigDriveError(.fileSystem, "cannot write \(path)") }
        fwrite(bytes, 1, bytes.count, handle)
        fclose(handle)
    }
    print(written.count, tree.files.count)
}

/// - Parameter number: makes each drive another one, so that each is written.
func make(_ number: Int, _ out: String?) throws {
    var data = typical
    data.metadata["number"] = String(number)
    let image = try ConfigDriveBuilder().image(data, for: guest)
    // As genisoimage does, without waiting for the disk.
    if let out { try DriveFile.replace(out, with: image, sync: false) }
}

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "tree" where arguments.count == 3:
    try writeTree(arguments[2])
case "compare" where arguments.count > 6 && arguments[5] == "--":
    var times: [[Double]] = [[], []]
    for round in 0..<(Int(arguments[2]) ?? 1) + 3 {
        // Each makes a new file, as at the start of a guest: to take the place of an old one costs the file system more.
        unlink(arguments[3])
        unlink(arguments[4])
        let ours = try Timing.milliseconds { try make(round, arguments[3]) }
        guard let theirs = Timing.run(Array(arguments[6...])) else {
            print("\(arguments[6]) failed")
            exit(1)
        }
        // The first rounds fill the caches.
        if round >= 3 {
            times[0].append(ours)
            times[1].append(theirs)
        }
    }
    print(Timing.median(times[0]), Timing.median(times[1]))
case "memory" where arguments.count == 3:
    for number in 0..<100 { try make(number, nil) }
    let before = Timing.peak()
    for number in 0..<(Int(arguments[2]) ?? 0) { try make(number, nil) }
    print(Timing.peak() - before)
case "parts" where arguments.count == 4:
    var times: [[Double]] = [[], [], []]
    for number in 0..<(Int(arguments[2]) ?? 1) {
        var data = typical
        data.metadata["number"] = String(number)
        var tree = DriveTree()
        var image: [UInt8] = []
        times[0].append(try Timing.milliseconds { tree = try ConfigDriveBuilder().tree(data, for: guest) })
        times[1].append(try Timing.milliseconds { image = try ISOWriter.image(of: tree, label: "config-2") })
        times[2].append(try Timing.milliseconds { _ = try DriveFile.replace(arguments[3], with: image, sync: false) })
    }
    print(times.map { Timing.median($0) })
default: usage()
}
