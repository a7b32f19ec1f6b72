/// Compares parts of a file with their hashes.
struct PieceCheck: Sendable {
    let file: PartialFile
    let pieces: DownloadItem.Pieces

    /// - Parameter indices: of the pieces to look at; `nil` for all.
    /// - Returns: which ones are wrong, in order.
    func wrong(_ indices: [Int]? = nil) async throws(DownloadError) -> [Int] {
        let result = await withTaskExecutorPreference(WorkExecutor.shared) { await look(indices) }
        return try result.get()
    }

    func range(_ index: Int) -> Range<Int64> {
        let start = Int64(index) * pieces.length
        return start..<min(start + pieces.length, max(start, file.received))
    }

    /// Pieces side by side as one range each, so that they are asked for at once.
    func runs(_ indices: [Int]) -> [Range<Int64>] {
        indices.reduce(into: []) { runs, index in
            let range = range(index)
            if let last = runs.last, last.upperBound == range.lowerBound {
                runs[runs.count - 1] = last.lowerBound..<range.upperBound
            } else {
                runs.append(range)
            }
        }
    }

    /// How many pieces a file of this size has.
    var count: Int { Int(clamping: (file.received + pieces.length - 1) / pieces.length) }

    private nonisolated func look(_ indices: [Int]?) async -> Result<[Int], DownloadError> {
        do throws(DownloadError) {
            let digest = try RunningDigest(pieces.algorithm)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
            defer { buffer.deallocate() }
            var wrong: [Int] = []
            for index in indices ?? Array(0..<pieces.hashes.count) {
                if Task.isCancelled { throw .wasCancelled }
                try digest.restart()
                var rest = range(index)
                while !rest.isEmpty {
                    let part = buffer.prefix(Int(min(Int64(buffer.count), rest.upperBound - rest.lowerBound)))
                    let count = try file.copy(at: rest.lowerBound, into: UnsafeMutableRawBufferPointer(rebasing: part))
                    if count == 0 { break }
                    try digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                    rest = (rest.lowerBound + Int64(count))..<rest.upperBound
                }
                if try digest.finish().hex != pieces.hashes[index].lowercased() { wrong.append(index) }
                await Task.yield()
            }
            return .success(wrong)
        } catch {
            return .failure(error)
        }
    }
}
