import Glibc
import Timing

/// Scripts that take turns.
struct Comparison {
    private let folder: String
    private let scripts: [String]
    private var costs: [[Timing.Cost]]

    init(folder: String, scripts: [String]) {
        self.folder = folder
        self.scripts = scripts
        costs = scripts.map { _ in [] }
    }

    /// - Parameter number: of the round; another script is the first of each.
    mutating func run(_ number: Int) {
        for turn in scripts.indices {
            let index = (turn + number) % scripts.count
            // Nobody pays for what another one left to be written.
            sync()
            let command = ["bash", "-euo", "pipefail", "-c", "cd \"$0\"\n" + scripts[index], folder]
            guard let cost = Timing.cost(command, showsErrors: true) else { fail("this failed: \(scripts[index])") }
            costs[index].append(cost)
            empty()
        }
    }

    /// One pair for each script: milliseconds, bytes.
    var medians: String {
        costs.map { costs in
            "\(Timing.median(costs.map(\.milliseconds))) \(costs.map(\.peak).max() ?? 0)"
        }
        .joined(separator: " ")
    }

    private func empty() {
        guard let entries = opendir(folder) else { fail("cannot read \(folder)") }
        defer { closedir(entries) }
        while let entry = readdir(entries) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." && unlink(folder + "/" + name) != 0 { fail("cannot remove \(name)") }
        }
    }
}
