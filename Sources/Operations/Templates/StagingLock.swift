internal import Provisioning

/// The lock of one copy, of who brings it here or removes it; held over suspensions of a task until nobody has this any
/// more.
final class StagingLock: Sendable {
    private let lock: FileLock

    /// - Returns: `nil` where somebody else holds it.
    init?(_ state: HostState, template: String, folder: String) throws {
        let id = Self.id(template: template, folder: folder)
        guard let lock = try FileLock(trying: state.stagingLockFile, uuid: id) else { return nil }
        self.lock = lock
    }

    /// What one copy's locks are known by.
    static func id(template: String, folder: String) -> String { StableID.make("\(template)\n\(folder)") }
}
