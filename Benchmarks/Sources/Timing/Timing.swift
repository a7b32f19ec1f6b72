import Glibc

/// What the benchmarks measure with.
public enum Timing {
    /// How long `body` takes, in milliseconds.
    public static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        try body()
        let elapsed = clock.now - start
        return Double(elapsed.components.attoseconds) / 1e15 + Double(elapsed.components.seconds) * 1000
    }

    /// The highest resident set so far, in bytes.
    public static func peak() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }

    /// The middle one, or the upper of the two in the middle.
    public static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// What a program took.
    public struct Cost {
        /// From spawn to exit.
        public let milliseconds: Double
        /// The highest resident set of any of its processes, in bytes.
        public let peak: Int
    }

    /// Milliseconds from spawn to exit; `nil` where the program did not end with 0.
    public static func run(_ command: [String], input: String = "/dev/null") -> Double? {
        cost(command, input: input)?.milliseconds
    }

    /// - Returns: `nil` where the program did not end with 0.
    public static func cost(_ command: [String], input: String = "/dev/null", showsErrors: Bool = false) -> Cost? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        if !showsErrors { posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) }
        var arguments = command.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var process: pid_t = 0
        var status: Int32 = 0
        var usage = rusage()
        var isStarted = false
        let elapsed = milliseconds {
            isStarted = posix_spawnp(&process, command[0], &actions, nil, &arguments, environ) == 0
            if isStarted { wait4(process, &status, 0, &usage) }
        }
        return isStarted && status == 0 ? Cost(milliseconds: elapsed, peak: usage.ru_maxrss * 1024) : nil
    }
}
