/// Bytes that are read in order while they are still on their way, by a thread that may wait for them.
protocol PullSource: AnyObject, Sendable {
    /// Waits until there are bytes at `offset` and copies as many as there are, up to the size of `buffer`.
    ///
    /// - Returns: how many; 0 at the end of all.
    /// - Throws: what has stopped the bytes from coming.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(DownloadError) -> Int
    /// In bytes, where it is known by now.
    var size: Int64? { get }
}
