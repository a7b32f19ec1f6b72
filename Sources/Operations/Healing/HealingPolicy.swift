package import LibvirtClient

/// How long to try, and how often.
package struct HealingPolicy: Sendable, Equatable {
    /// Before the second look at the server; each further one is after twice as long.
    package var firstPause: Duration
    /// Between two looks.
    package var longestPause: Duration
    /// After this time without a stable run, the guest is left paused.
    package var giveUp: Duration
    /// How long a guest has to run for its next error to be a new story.
    package var stableAfter: Duration { longestPause * 2 }

    package init(
        firstPause: Duration = .seconds(1),
        longestPause: Duration = .seconds(30),
        giveUp: Duration = .seconds(3600)
    ) {
        self.firstPause = firstPause
        self.longestPause = longestPause
        self.giveUp = giveUp
    }
}

/// A cdrom of ours that QEMU could not read.
package struct BrokenMedium: Sendable, Equatable {
    package let url: String
    /// Whether the server's certificate is checked.
    package let isVerified: Bool
    /// `scsi`, `sata`, …
    package let bus: String
    /// Other disks of the guest that have met errors, by their target names.
    package let others: [String]

    package init(url: String, isVerified: Bool, bus: String, others: [String] = []) {
        self.url = url
        self.isVerified = isVerified
        self.bus = bus
        self.others = others
    }
}

/// The guests, as healing needs them: a seam.
package protocol HealingHost: Sendable {
    /// - Returns: `nil` where the guest is gone.
    func status(of uuid: String) async throws -> DomainStatus?
    /// - Returns: `nil` where none of our cdroms has met an error.
    func brokenMedium(of uuid: String) async throws -> BrokenMedium?
    func resume(_ uuid: String) async throws
}

/// The servers, as healing needs them: a seam.
package protocol HealingProbe: Sendable {
    /// Tries to read in the way in which QEMU will.
    ///
    /// - Returns: what is wrong, one sentence; `nil` where it can be read.
    func problem(with medium: BrokenMedium) async -> String?
}

/// What came of it.
package enum HealingOutcome: Sendable, Equatable {
    case resumed
    /// It was let run, or paused for another reason, by somebody else; or it is gone.
    case overtaken
    /// Not paused by a cdrom of ours.
    case notOurs
    /// What stands against resuming it: one sentence.
    case refused(String)
    /// The last thing that was wrong.
    case gaveUp(String)
}
