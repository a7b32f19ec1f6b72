internal import Glibc
internal import StateStore

/// Another process for the tests of the state store: it does one thing to a file and says what came of it.
///
/// - `count FILE TIMES`: adds 1 to the key `/counter` that often.
/// - `churn FILE`: until killed, replaces `/pair/a` and `/pair/b` with the same new number, moves the one key below
///   `/wander/` and says which number is there for good.
/// - `put FILE KEY VALUE`, `delete FILE KEY`.
/// - `open FILE`: opens and reads one key.
/// - `modes FILE`: with a umask of 0, puts a key and says the modes of all files while they are open.
@main
struct StateExerciser {
    static func main() {
        do { try run(Array(CommandLine.arguments.dropFirst())) } catch {
            let line = Array("\(error)\n".utf8)
            write(STDERR_FILENO, line, line.count)
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws {
        guard arguments.count >= 2 else { throw Usage() }
        let path = arguments[1]
        switch (arguments[0], arguments.count) {
        case ("count", 3): try count(path, Int(arguments[2]) ?? 0)
        case ("churn", 2): try churn(path)
        case ("put", 4): try StateStore(path: path).put(arguments[2], Array(arguments[3].utf8))
        case ("delete", 3): try StateStore(path: path).delete(arguments[2])
        case ("open", 2): print(try StateStore(path: path).get("/key").map { text($0.value) } ?? "nothing")
        case ("modes", 2): try modes(path)
        default: throw Usage()
        }
    }

    private static func count(_ path: String, _ times: Int) throws {
        for _ in 0..<times {
            // A store of its own each time, as a command has it.
            let store = try StateStore(path: path)
            try store.update("/counter") { old in
                Array(String((old.flatMap { Int(text($0.value)) } ?? 0) + 1).utf8)
            }
            try store.close()
        }
    }

    private static func churn(_ path: String) throws {
        while true {
            let store = try StateStore(path: path)
            for _ in 0..<20 {
                let number = (try store.get("/pair/a").flatMap { Int(text($0.value)) } ?? 0) + 1
                let value = Array(String(number).utf8)
                try store.transaction(success: [
                    .put("/pair/a", value), .put("/pair/b", value), .delete(.key("/wander/\(number - 1)")),
                    .put("/wander/\(number)", value + [UInt8](repeating: 0x2E, count: number * 977 % 20_000)),
                ])
                print(number)
                fflush(nil)
            }
            try store.close()
        }
    }

    private static func modes(_ path: String) throws {
        umask(0)
        let store = try StateStore(path: path)
        try store.put("/key", [1])
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            if lstat(path + suffix, &status) != 0 { throw Usage() }
            print(String(status.st_mode & 0o777, radix: 8))
        }
        try store.close()
    }

    private static func text(_ value: [UInt8]) -> String {
        String(decoding: value.prefix { $0 != 0x2E }, as: UTF8.self)
    }

    private struct Usage: Error, CustomStringConvertible {
        let description = "usage: state-exerciser count|churn|put|delete|open|modes FILE ..."
    }
}
