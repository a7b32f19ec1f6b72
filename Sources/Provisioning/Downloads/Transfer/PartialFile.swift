internal import CLinux
internal import Glibc

/// A file that a download grows in, which outlives the process that writes it.
///
/// It is locked for as long as this lives, and stays there afterwards, with a journal, until it is discarded, handed over
/// or swept: the next one who opens it goes on with it.
public final class PartialFile: Sendable {
    private struct State {
        var journal: PartialJournal?
        /// Bytes that are there from the first one on.
        var prefix: Int64
        /// What is there beyond them, in order and apart.
        var beyond: [Range<Int64>] = []
        var generation = 0
        var isComplete = false
        /// Whether somebody writes; where not, nobody waits for more.
        var isGrowing = false
        var failure: DownloadError?
        var waiting: [(upTo: Int64, continuation: CheckedContinuation<Void, Never>)] = []
        var nextSpaceCheck: Int64 = 0
    }

    /// How far it is.
    struct Growth {
        let prefix: Int64
        let generation: Int
        let isGrowing: Bool
    }

    /// Where a download may go on.
    struct Resumption: Equatable {
        var offset: Int64 = 0
        var validator: ContentValidator?
    }

    public let path: String
    private let file: OpenFile
    private let state: Monitor<State>

    /// Open for reading and writing, for as long as this lives.
    public var descriptor: Int32 { file.descriptor }

    private init(_ path: String, _ file: consuming OpenFile, _ length: Int64) {
        self.path = path
        self.file = file
        let journal = PartialJournal.read(path + PartialName.journalSuffix)
        state = Monitor(
            State(
                journal: journal,
                prefix: journal?.prefix(length: length) ?? 0,
                beyond: journal?.beyond(length: length) ?? []
            )
        )
    }

    /// Opens the file of a download, new or as it was left.
    ///
    /// - Parameters:
    ///   - folder: has to be there.
    ///   - id: 1 to 128 letters, digits, `-` and `_`.
    /// - Returns: `nil` where somebody else works on it.
    /// - Throws: `badInput` for the id, `fileSystem`.
    public static func open(in folder: String, id: String) throws(DownloadError) -> PartialFile? {
        if !PartialName.isID(id) {
            throw DownloadError(
                .badInput,
                "\(DownloadError.quoted(id)) cannot name a download; use letters, digits, '-' and '_'"
            )
        }
        let path = folder + "/" + PartialName.file(id)
        var tries = 0
        while true {
            guard let file = OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600) else {
                throw .system("cannot write \(DownloadError.quoted(path))")
            }
            if flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
                if errno == EINTR { continue }
                if errno != EWOULDBLOCK { throw .system("cannot lock \(DownloadError.quoted(path))") }
                // A sweep holds the lock for a moment only.
                tries += 1
                if tries == 10 { return nil }
                usleep(5_000)
                continue
            }
            guard let status = file.status() else { throw .system("cannot write \(DownloadError.quoted(path))") }
            // It has its own name already, and only this one was to go yet.
            if status.st_nlink > 1 {
                if unlink(path) != 0 && errno != ENOENT { throw .system("cannot remove \(DownloadError.quoted(path))") }
                continue
            }
            // The umask may have taken even the owner's rights.
            if fchmod(file.descriptor, 0o600) != 0 { throw .system("cannot write \(DownloadError.quoted(path))") }
            // It may have been removed or renamed before it was locked.
            var named = stat()
            if lstat(path, &named) != 0 || named.st_ino != status.st_ino || named.st_dev != status.st_dev { continue }
            return PartialFile(path, file, Int64(status.st_size))
        }
    }

    /// Of the whole content in bytes, where it is known by now.
    public var size: Int64? { state.withLock { $0.isComplete ? $0.prefix : $0.journal?.size } }

    /// Counts how often the content has begun anew; what was read of an earlier one is not worth anything.
    public var generation: Int { state.withLock { $0.generation } }

    /// Bytes that are there from the first one on.
    public var received: Int64 { state.withLock { $0.prefix } }

    /// Whether nothing has come yet.
    var isEmpty: Bool { present == 0 }

    /// Whether nothing more comes: all is there, or it was given up.
    var isSettled: Bool { state.withLock { $0.isComplete || $0.failure != nil } }

    var validator: ContentValidator? { state.withLock { $0.journal?.validator } }

    /// Follows the content as it grows, from its first byte on.
    func reader() -> PartialReader { PartialReader(self, generation: generation) }

    /// Removes both files. What waits for more learns that it does not come.
    public func discard() {
        fail(.wasCancelled)
        unlink(path)
        removeJournal()
    }

    /// To be called when the file has another name now: removes the journal.
    public func handedOver() { removeJournal() }

    /// Writes the content to the disk.
    public func sync() throws(DownloadError) {
        if fdatasync(descriptor) != 0 { throw .system("cannot write \(DownloadError.quoted(path))") }
    }

    private func removeJournal() {
        unlink(path + PartialName.journalSuffix)
        unlink(path + PartialName.journalSuffix + PartialName.newSuffix)
    }

    // MARK: - For who writes

    /// - Parameter isChecked: whether a checksum will tell at the end whether the bytes are right. Without one, only the
    ///   same content of the same server is gone on with, and only what a crash cannot have spoiled.
    func resumption(url: String, isChecked: Bool) -> Resumption {
        state.withLock { state in
            guard let journal = state.journal, state.prefix > 0 else { return Resumption() }
            if !isChecked && journal.boot != PartialJournal.currentBoot() { return Resumption() }
            if journal.url == PartialJournal.hash(url) {
                if journal.validator == nil && !isChecked { return Resumption() }
                return Resumption(offset: state.prefix, validator: journal.validator)
            }
            // Another mirror's: its validator says nothing about ours, but the checksum and the size do.
            return isChecked && journal.size != nil ? Resumption(offset: state.prefix) : Resumption()
        }
    }

    /// Makes ready for the bytes that come now.
    ///
    /// - Throws: `changed` where they do not belong to those that are there, `noSpace`.
    func begin(url: String, _ head: ContentHead) throws(DownloadError) {
        let (prefix, known) = state.withLock { ($0.prefix, $0.journal?.size) }
        if head.offset == 0 && prefix > 0 { try restart() }
        if head.offset > 0 {
            let isSame = head.offset == prefix && (known == nil || head.size == nil || head.size == known)
            if !isSame {
                throw DownloadError(
                    .changed,
                    "\(DisplayURL(url).text) has \(head.size.map { "\($0)" } ?? "an unknown number of") bytes and not "
                        + "\(known ?? prefix) as what is here already; it has changed, or is not the same file"
                )
            }
        }
        if let size = head.size { try FreeSpace.check(size - head.offset, descriptor, path: path) }
        // From now on the length says how much is there.
        if ftruncate(descriptor, off_t(head.offset)) != 0 {
            throw .system("cannot write \(DownloadError.quoted(path))")
        }
        let journal = PartialJournal(
            url: PartialJournal.hash(url),
            validator: head.validator,
            size: head.size ?? (head.offset > 0 ? known : nil),
            boot: PartialJournal.currentBoot()
        )
        try journal.write(path + PartialName.journalSuffix)
        state.withLock { state in
            state.journal = journal
            state.beyond = []
            state.nextSpaceCheck = head.size == nil ? state.prefix : .max
        }
    }

    /// Forgets all content.
    func restart() throws(DownloadError) {
        let waiting = state.withLock { state in
            state.prefix = 0
            state.beyond = []
            state.isComplete = false
            state.journal = nil
            state.generation += 1
            defer { state.waiting = [] }
            return state.waiting
        }
        state.wake()
        for waiter in waiting { waiter.continuation.resume() }
        if ftruncate(descriptor, 0) != 0 { throw .system("cannot write \(DownloadError.quoted(path))") }
    }

    /// Adds to the end of what is there.
    func append(_ bytes: UnsafeRawBufferPointer) throws(DownloadError) {
        let (offset, checksSpace) = state.withLock { state in
            defer { if state.prefix >= state.nextSpaceCheck { state.nextSpaceCheck = state.prefix + 64 << 20 } }
            return (state.prefix, state.prefix >= state.nextSpaceCheck)
        }
        if checksSpace { try FreeSpace.check(FreeSpace.reserve, descriptor, path: path) }
        try FreeSpace.write(bytes, to: descriptor, at: offset, path: path)
        let ready = state.withLock { state in
            state.prefix += Int64(bytes.count)
            let ready = state.waiting.filter { $0.upTo <= state.prefix }
            if !ready.isEmpty { state.waiting.removeAll { $0.upTo <= state.prefix } }
            return ready
        }
        state.wake()
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Makes ready for parts that come in any order.
    ///
    /// - Parameter head: of all of it, with its size.
    /// - Returns: what is missing.
    /// - Throws: `changed` where what is there is not of the same content, `noSpace`.
    func beginParts(url: String, _ head: ContentHead, isChecked: Bool) throws(DownloadError) -> [Range<Int64>] {
        let size = head.size ?? 0
        let goesOn = resumption(url: url, isChecked: isChecked).offset > 0
        let isSame = state.withLock { state in
            let isSameSource = state.journal?.url == PartialJournal.hash(url)
            return state.journal?.size == size && (!isSameSource || state.journal?.validator == head.validator)
        }
        if present > 0 && !(goesOn && isSame) { try restart() }
        try FreeSpace.check(size - present, descriptor, path: path)
        let journal = state.withLock { state in
            let journal = PartialJournal(
                url: PartialJournal.hash(url),
                validator: head.validator,
                size: size,
                boot: PartialJournal.currentBoot(),
                ranges: Self.ranges(state)
            )
            state.journal = journal
            state.nextSpaceCheck = .max
            return journal
        }
        try journal.write(path + PartialName.journalSuffix)
        return state.withLock { state in
            let ends = state.beyond.map(\.upperBound)
            let gaps = zip([state.prefix] + ends, state.beyond.map(\.lowerBound) + [size])
            return gaps.compactMap { $0 < $1 ? $0..<$1 : nil }
        }
    }

    /// Adds a part. It is written down with the next `noteParts`.
    func place(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(DownloadError) {
        try FreeSpace.write(bytes, to: descriptor, at: offset, path: path)
        let ready = state.withLock { state in
            let part = offset..<offset + Int64(bytes.count)
            if let index = state.beyond.firstIndex(where: { $0.upperBound == offset }) {
                state.beyond[index] = state.beyond[index].lowerBound..<part.upperBound
            } else {
                let index = state.beyond.firstIndex { $0.lowerBound > offset } ?? state.beyond.endIndex
                state.beyond.insert(part, at: index)
            }
            while let first = state.beyond.first, first.lowerBound <= state.prefix {
                state.prefix = max(state.prefix, first.upperBound)
                state.beyond.removeFirst()
            }
            let ready = state.waiting.filter { $0.upTo <= state.prefix }
            if !ready.isEmpty { state.waiting.removeAll { $0.upTo <= state.prefix } }
            return ready
        }
        state.wake()
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Writes down which parts are there.
    func noteParts() throws(DownloadError) {
        let journal = state.withLock { state in
            let ranges = Self.ranges(state)
            state.journal?.ranges = ranges
            return state.journal
        }
        try journal?.write(path + PartialName.journalSuffix)
    }

    private static func ranges(_ state: State) -> [[Int64]] {
        [[0, state.prefix]] + state.beyond.map { [$0.lowerBound, $0.upperBound] }
    }

    /// Bytes that are there, wherever.
    var present: Int64 { state.withLock { $0.beyond.reduce($0.prefix) { $0 + Int64($1.count) } } }

    /// Puts bytes in the place of wrong ones.
    func replace(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(DownloadError) {
        try FreeSpace.write(bytes, to: descriptor, at: offset, path: path)
    }

    /// What was read so far may have been wrong; the length stays.
    func beginAgain() { state.withLock { $0.generation += 1 } }

    func startGrowing() { state.withLock { $0.isGrowing = true } }

    /// - Parameter isComplete: whether all of the content is there.
    func stopGrowing(isComplete: Bool) {
        let waiting = state.withLock { state in
            state.isGrowing = false
            state.isComplete = isComplete
            defer { state.waiting = [] }
            return state.waiting
        }
        state.wake()
        for waiter in waiting { waiter.continuation.resume() }
    }

    /// Tells the readers that no more comes.
    func fail(_ error: DownloadError) {
        state.withLock { $0.failure = $0.failure ?? error }
        stopGrowing(isComplete: false)
    }

    /// Another attempt is made; readers wait for it.
    func revive() { state.withLock { $0.failure = nil } }

    // MARK: - For who reads

    /// Comes back when there are bytes up to `upTo`, when there is other content than that of `generation`, or when
    /// nobody writes any more.
    func growth(upTo: Int64, generation: Int) async -> Growth {
        await withCheckedContinuation { continuation in
            let isNow = state.withLock { state in
                if state.prefix >= upTo || state.generation != generation || !state.isGrowing { return true }
                state.waiting.append((upTo, continuation))
                return false
            }
            if isNow { continuation.resume() }
        }
        return state.withLock { Growth(prefix: $0.prefix, generation: $0.generation, isGrowing: $0.isGrowing) }
    }

    /// Waits for bytes at `offset`, on a thread that may.
    ///
    /// - Returns: how many there are from there on; 0 at the end.
    func wait(at offset: Int64, generation: Int) throws(DownloadError) -> Int64 {
        try state.wait { state throws(DownloadError) -> Int64? in
            if state.generation != generation {
                throw DownloadError(.changed, "the download has begun anew; read it from its first byte again")
            }
            if state.prefix > offset { return state.prefix - offset }
            if let failure = state.failure { throw failure }
            return state.isComplete ? 0 : nil
        }
    }

    /// Copies what is there.
    ///
    /// - Returns: how many bytes.
    func copy(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(DownloadError) -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            if errno != EINTR { throw .system("cannot read \(DownloadError.quoted(path))") }
        }
    }

    /// Has the kernel begin to write to the disk, so that `sync` at the end finds little left to do.
    func beginWriteback(from offset: Int64, count: Int64) {
        // A hint; a file system that does not take it has all the work in `sync`.
        _ = hostler_begin_writeback(descriptor, offset, count)
    }
}
