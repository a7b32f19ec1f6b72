import Glibc

/// Times two programs against each other, one run of each in turn, so that whatever else the machine does meets both.
/// (Debian 12's hyperfine gives no standard input without a shell, whose start is longer than what is measured.)
///
///     EngineBenchmark compare RUNS INPUT FRESH WORK -- OURS … -- THEIRS …
///
/// Both get the file INPUT as standard input; before each run the file WORK becomes a copy of FRESH. Prints the medians
/// of both in milliseconds.
enum Compare {
    static func main(_ arguments: [String]) -> Int32 {
        let parts = arguments.split(separator: "--", omittingEmptySubsequences: false).map(Array.init)
        guard parts.count == 3, parts[0].count == 4, let runs = Int(parts[0][0]), runs > 0 else {
            print("usage: EngineBenchmark compare RUNS INPUT FRESH WORK -- OURS … -- THEIRS …")
            return 64
        }
        let fresh = read(parts[0][2])
        var times: [[Double]] = [[], []]
        for round in 0..<runs + 3 {
            for side in 0...1 {
                write(fresh, to: parts[0][3])
                guard let elapsed = run(parts[side + 1], input: parts[0][1]) else {
                    print("\(parts[side + 1].joined(separator: " ")) failed")
                    return 1
                }
                // The first rounds fill the caches.
                if round >= 3 { times[side].append(elapsed) }
            }
        }
        print(median(times[0]), median(times[1]))
        return 0
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// Milliseconds from spawn to exit; `nil` where the program did not end with 0.
    private static func run(_ command: [String], input: String) -> Double? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments = command.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        let clock = ContinuousClock()
        let start = clock.now
        var process: pid_t = 0
        guard posix_spawnp(&process, command[0], &actions, nil, &arguments, environ) == 0 else { return nil }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        let elapsed = clock.now - start
        let milliseconds = Double(elapsed.components.attoseconds) / 1e15 + Double(elapsed.components.seconds) * 1000
        return status == 0 ? milliseconds : nil
    }

    private static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "w") else { return }
        defer { fclose(file) }
        fwrite(bytes, 1, bytes.count, file)
    }
}
