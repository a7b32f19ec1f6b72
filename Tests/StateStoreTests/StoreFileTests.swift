import Foundation
import GRDB
import Glibc
import TestSupport
import Testing

@testable import StateStore

@Suite("the file of the state")
struct StoreFileTests {
    @Test("missing folders are made for their owner alone")
    func folders() throws {
        try withFolder { folder throws in
            let file = folder.appending(path: "a/b/state.db").path
            try StateStore(path: file).close()
            #expect(try mode(of: folder.appending(path: "a").path) == 0o700)
            #expect(try mode(of: folder.appending(path: "a/b").path) == 0o700)
        }
    }

    @Test("the file and what SQLite puts beside it are the owner's alone, with any umask")
    func modes() throws {
        try withFile { file throws in
            #expect(try Command.check(exerciser, "modes", file) == "600\n600\n600\n")
        }
    }

    @Test("what was put is there when it is opened again")
    func reopened() throws {
        try withFile { file throws in
            try StateStore(path: file).put("/key", [1, 0, 255])
            #expect(try StateStore(path: file).get("/key")?.value == [1, 0, 255])
        }
    }

    @Test("a file that others may read is refused and left alone", arguments: [0o640, 0o604, 0o620])
    func others(bits: Int) throws {
        try withFile { file throws in
            try StateStore(path: file).close()
            chmod(file, mode_t(bits))
            let error = failure { _ = try StateStore(path: file) }
            #expect(
                error
                    == StateError(
                        .permission,
                        "others than its owner may use \(file) (mode \(String(bits, radix: 8))); "
                            + "run 'chmod 600' on it and replace the passwords in it"
                    )
            )
            #expect(try mode(of: file) == bits)
        }
    }

    @Test("a folder that others may write to is refused, sticky or not", arguments: [0o770, 0o702, 0o1777])
    func openFolder(bits: Int) throws {
        try withFolder { folder throws in
            chmod(folder.path, mode_t(bits))
            let error = failure { _ = try StateStore(path: folder.appending(path: "state.db").path) }
            #expect(
                error
                    == StateError(
                        .permission,
                        "others than its owner may write to \(folder.path); run 'chmod go-w' on it"
                    )
            )
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test("a symbolic link is refused, even one to nothing")
    func link() throws {
        try withFile { file throws in
            try StateStore(path: file).close()
            symlink(file, file + ".link")
            symlink(file + ".nothing", file + ".dangling")
            for name in [file + ".link", file + ".dangling"] {
                #expect(
                    failure { _ = try StateStore(path: name) }?.message
                        == "\(name) is a symbolic link; put the file itself there, or link its folder"
                )
            }
            #expect(!FileManager.default.fileExists(atPath: file + ".nothing"))
        }
    }

    @Test("a symbolic link to its folder is followed")
    func folderLink() throws {
        try withFile { file throws in
            try StateStore(path: file).put("/key", [1])
            let folder = URL(filePath: file).deletingLastPathComponent().path
            symlink(folder, folder + ".link")
            #expect(try StateStore(path: folder + ".link/state.db").get("/key")?.value == [1])
        }
    }

    @Test("what is no regular file is refused")
    func notRegular() throws {
        try withFile { file throws in
            try StateStore(path: file).close()
            mkfifo(file + ".fifo", 0o600)
            #expect(
                failure { _ = try StateStore(path: file + ".fifo") }?.message == "\(file).fifo is not a regular file"
            )
            let below = file + "/state.db"
            #expect(failure { _ = try StateStore(path: below) }?.message == "\(file) is not a folder")
        }
    }

    @Test("somebody else's file or folder is refused", .enabled(if: geteuid() == 0))
    func owner() throws {
        try withFile { file throws in
            try StateStore(path: file).close()
            chown(file, 1234, 0)
            #expect(
                failure { _ = try StateStore(path: file) }?.message == "\(file) belongs to user 1234, not to user 0"
            )
            let folder = URL(filePath: file).deletingLastPathComponent().path
            chown(folder, 1234, 0)
            #expect(
                failure { _ = try StateStore(path: file) }?.message
                    == "\(folder) belongs to user 1234, not to root or user 0"
            )
        }
    }

    @Test("a path that is none is refused", arguments: ["", "/tmp/", "a\u{0}b"])
    func path(path: String) {
        let shown = path.replacing("\u{0}", with: "?")
        #expect(
            failure { _ = try StateStore(path: path) } == StateError(.badInput, "'\(shown)' is not the path of a file")
        )
    }

    @Test("a history limit of none is refused")
    func historyLimit() throws {
        try withFile { file throws in
            #expect(
                failure { _ = try StateStore(path: file, historyLimit: 0) }?.message
                    == "the history limit 0 is not a number of deletions from 1 on"
            )
        }
    }

    @Test("a file that is no database is refused and left alone")
    func noDatabase() throws {
        try withFile { file throws in
            try StateStore(path: file).close()
            let text = Data(String(repeating: "this is no database ", count: 200).utf8)
            try FileHandle(forWritingTo: URL(filePath: file)).write(contentsOf: text)
            #expect(
                failure { _ = try StateStore(path: file) }
                    == StateError(.notAStore, "\(file) is not a database; move it away or name another file")
            )
            #expect(try Data(contentsOf: URL(filePath: file)).starts(with: text))
        }
    }

    @Test("another program's database is refused and left alone")
    func foreign() throws {
        try withFile { file throws in
            let store = try StateStore(path: file)
            try store.queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA application_id = 7") }
            try store.close()
            let before = try contents(of: file)
            #expect(
                failure { _ = try StateStore(path: file) }
                    == StateError(.notAStore, "\(file) is a database of another program; name another file")
            )
            #expect(try contents(of: file) == before)
        }
    }

    @Test("a file of a newer version is refused and left alone")
    func newer() throws {
        try withFile { file throws in
            let store = try StateStore(path: file)
            try store.queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 2") }
            try store.close()
            let before = try contents(of: file)
            #expect(
                failure { _ = try StateStore(path: file) }
                    == StateError(
                        .newerSchema,
                        "\(file) was written by a newer version of hostler (schema 2, this one knows 1); update hostler"
                    )
            )
            #expect(try contents(of: file) == before)
        }
    }

    @Test("what was interrupted before its tables were there is made whole")
    func interrupted() throws {
        try withFile { file throws in
            // The state of the file after each of the steps that make it: nothing, its header, the migrator's own table.
            let header = "PRAGMA application_id = \(Schema.applicationID); PRAGMA journal_mode = WAL;"
            let table = "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)"
            for steps in ["", header, header + table] {
                try? FileManager.default.removeItem(atPath: file)
                try StoreFile.prepare(file)
                let queue = try DatabaseQueue(path: file)
                try queue.writeWithoutTransaction { try $0.execute(sql: steps) }
                try queue.close()
                try StateStore(path: file).put("/key", [1])
                #expect(try StateStore(path: file).get("/key")?.value == [1])
            }
        }
    }

    @Test("a damaged file gives an error that names it")
    func damaged() throws {
        try withFile { file throws in
            let store = try StateStore(path: file)
            for number in 0..<200 { try store.put("/key/\(number)", [UInt8](repeating: 7, count: 3000)) }
            try store.close()
            let handle = try FileHandle(forUpdating: URL(filePath: file))
            try handle.seek(toOffset: UInt64(Schema.pageSize))
            try handle.write(contentsOf: Data(repeating: 0xEE, count: 100 * Schema.pageSize))
            try handle.close()
            let error = failure { _ = try StateStore(path: file).range(prefix: "") }
            #expect(error?.code == .corrupt)
            #expect(
                error?.message == "\(file) is damaged (database disk image is malformed); restore it from a backup"
            )
        }
    }

    @Test("a lock that another keeps gives a clear error")
    func busy() throws {
        try withFile { file throws in
            let holder = try StateStore(path: file)
            let store = try StateStore(path: file, busyMilliseconds: 1)
            let error = StateError(
                .busy,
                "others have been using \(file) for too long; look who with 'fuser -v' and try again"
            )
            try holder.write { _ throws in
                #expect(failure { _ = try store.put("/key", [1]) } == error)
                #expect(try store.get("/key") == nil)
            }
            try holder.put("/key", [1])
            try holder.read { session in
                _ = try session.get("/key")
                try store.put("/key", [2])
                #expect(failure { try store.checkpoint() } == error)
            }
            try store.checkpoint()
        }
    }

    @Test(
        "what SQLite says is put into words",
        arguments: [
            (
                ResultCode.SQLITE_READONLY, StateError.Code.readOnly,
                "/s.db can only be read; mount its file system read-write"
            ),
            (
                .SQLITE_IOERR, .inputOutput,
                "reading or writing /s.db failed (the reason); look into the kernel's log"
            ),
            (
                .SQLITE_CANTOPEN, .permission,
                "/s.db cannot be opened with its -wal and -shm (the reason); its folder must be writable"
            ),
        ]
    )
    func faults(code: ResultCode, expected: StateError.Code, message: String) {
        let error = DatabaseError(resultCode: code, message: "the reason")
        #expect(Fault.error(error, "/s.db") == StateError(expected, message))
    }

    @Test("a cancelled task's request says so")
    func cancelled() async throws {
        try await withFileAwaiting { file in
            let store = try StateStore(path: file)
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await store.get("/key")
            }
            task.cancel()
            let error = StateError(.cancelled, "the request to \(file) was cancelled")
            await #expect(throws: error) { try await task.value }
        }
    }

    @Test("a closed store says so")
    func closed() throws {
        try withFile { file throws in
            let store = try StateStore(path: file)
            try store.close()
            #expect(failure { _ = try store.get("/key") } == StateError(.closed, "\(file) is closed; open it again"))
        }
    }

    /// With 60000 bytes taken there is room for what SQLite needs beside the file, with a million for nothing.
    @Test(
        "a full disk gives a clear error and leaves the old state",
        .enabled(if: geteuid() == 0),
        arguments: [60_000, 1_000_000]
    )
    func fullDisk(filler: Int) throws {
        try withFile { file throws in
            let script = """
                set -e
                mkdir -m 700 "$0.mount" && mount -t tmpfs -o size=128k,mode=700 tmpfs "$0.mount"
                "$1" put "$0.mount/state.db" /key old
                head -c $2 /dev/zero > "$0.mount/filler" 2>/dev/null || true
                "$1" put "$0.mount/state.db" /key "$(printf %060000d 7)" && exit 9
                rm "$0.mount/filler"
                "$1" open "$0.mount/state.db"
                """
            try StateStore(path: file).close()
            let run = try Command.run(["unshare", "-m", "sh", "-c", script, file, exerciser, String(filler)])
            #expect(run.status == 0)
            #expect(run.output == "old\n")
            #expect(
                run.errors
                    == "there is no room beside or in \(file).mount/state.db; make room on its file system\n"
            )
        }
    }

    @Test("a read-only file system gives a clear error", .enabled(if: geteuid() == 0))
    func readOnly() throws {
        try withFile { file throws in
            let script = """
                mkdir -m 700 "$0.mount" && mount -t tmpfs -o mode=700 tmpfs "$0.mount" || exit 9
                "$1" put "$0.mount/state.db" /key old
                mount -o remount,ro "$0.mount"
                "$1" put "$0.mount/state.db" /key new
                """
            try StateStore(path: file).close()
            let run = try Command.run(["unshare", "-m", "sh", "-c", script, file, exerciser])
            #expect(run.status == 1)
            #expect(
                run.errors == "cannot write to \(file).mount: Read-only file system\n"
            )
        }
    }
}
