internal import Provisioning

extension TemplateCopy {
    /// The source's image is here.
    mutating func take(_ image: FetchedImage, _ progress: DownloadProgress.Snapshot) {
        if let file, !formerFiles.contains(file) { formerFiles.append(file) }
        // A source may go back to what it had before.
        formerFiles.removeAll { $0 == image.file }
        state = .ready
        owner = nil
        error = nil
        isErrorTemporary = false
        (attempts, nextAttempt) = (0, nil)
        self.progress = progress
        file = image.file
        arriving = nil
        format = image.format
        virtualSize = image.virtualSize
        fileSize = image.fileSize
        sourceDigests = image.sourceDigests
        imageDigest = image.imageDigest
        validator = image.validator
        verified = Timestamp.now()
    }

    /// Draws the conclusion where a process has died over it: between the name of the file and the word that it is there, or
    /// while it asked for a newer one. The next who stages it clears away what that one has left (``arriving``).
    mutating func settle() {
        guard state != .ready, owner?.isAlive != true else { return }
        if !takeArrived(), state == .staging, TemplateStager.isThere(self) { (state, owner) = (.ready, nil) }
    }

    /// Takes what was about to be there, if it is: what went wrong came later.
    ///
    /// - Returns: whether it is there.
    mutating func takeArrived() -> Bool {
        guard let image = arriving, Files.size("\(folder)/\(image.file)").map({ Int64($0) }) == image.fileSize else {
            return false
        }
        take(image, progress)
        arriving = image
        return true
    }

    /// Removes what has come of it, and what it was about to be made of.
    ///
    /// - Returns: `false` where somebody is at it, and nothing is removed.
    @discardableResult
    func removeUnfinished() throws -> Bool {
        if !Files.isDirectory(folder) { return true }
        guard let partial = try PartialFile.open(in: folder, id: template) else { return false }
        partial.discard()
        if Files.size(partial.path) != nil { throw OperationError(.failure, "\(partial.path) cannot be removed") }
        try ImageFile.sweep(folder)
        return true
    }

    /// It is not, and why.
    mutating func fail(_ failure: DownloadError) {
        state = .failed
        error = failure.message
        isErrorTemporary = failure.isTemporary
        nextAttempt = failure.isTemporary ? Timestamp.now() + Self.pause(afterAttempts: attempts) : nil
    }

    /// It could not even be begun; it is tried again later.
    package mutating func giveUp(_ sentence: String) {
        attempts += 1
        owner = nil
        fail(DownloadError(.other, sentence, isTemporary: true))
    }

    /// The time until the next attempt, in milliseconds: doubled each time, an hour at most.
    static func pause(afterAttempts attempts: Int) -> Int { min(30_000 << min(max(attempts - 1, 0), 10), 3_600_000) }
}
