import Glibc
import Timing

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
                guard let elapsed = Timing.run(parts[side + 1], input: parts[0][1]) else {
                    print("\(parts[side + 1].joined(separator: " ")) failed")
                    return 1
                }
                // The first rounds fill the caches.
                if round >= 3 { times[side].append(elapsed) }
            }
        }
        print(Timing.median(times[0]), Timing.median(times[1]))
        return 0
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
