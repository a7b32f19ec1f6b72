import Glibc
import Provisioning

/// Our side: what `hostler template stage` and the daemon do with a URL, without their records.
struct Fetching {
    private let fetch: ImageFetch
    private let folder: String
    private let url: String
    private let checksum: Checksum
    private let format: ImageFormat

    /// - Parameter words: CA, FOLDER, URL, CHECKSUM, FORMAT.
    init(_ words: [String]) throws {
        var settings = DownloadSettings()
        settings.caFile = words[0]
        settings.allowedCIDRs = ["127.0.0.0/8", "::1/128"]
        // One that the environment names would stand between us and the loopback.
        settings.proxy = ""
        fetch = try ImageFetch(settings)
        folder = words[1]
        url = words[2]
        checksum = try Checksum(words[3])
        format = try ImageFormat(named: words[4])
    }

    func run(_ name: String) async throws -> FetchedImage {
        let request = ImageFetch.Request(
            id: name,
            name: name,
            url: url,
            checksum: checksum,
            format: format,
            folder: folder
        )
        return try await fetch.run(request, progress: DownloadProgress())
    }

    /// So many at once.
    ///
    /// - Returns: the most threads that this process had meanwhile.
    func run(_ count: Int) async throws -> Int {
        try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask { await Self.mostThreads() }
            for number in 0..<count {
                group.addTask {
                    _ = try await run("bench-\(number)")
                    return nil
                }
            }
            var left = count
            for try await most in group {
                if let most { return most }
                left -= 1
                if left == 0 { group.cancelAll() }
            }
            return 0
        }
    }

    /// Looks until its task is cancelled.
    private static func mostThreads() async -> Int {
        var most = 0
        while true {
            most = max(most, threads())
            do { try await Task.sleep(for: .milliseconds(2)) } catch { return most }
        }
    }

    private static func threads() -> Int {
        guard let folder = opendir("/proc/self/task") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            if entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { count += 1 }
        }
        return count
    }
}
