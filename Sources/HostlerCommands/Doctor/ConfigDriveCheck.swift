internal import Operations
internal import StateStore

/// Whether what is kept for config drives can be read, and whether anybody makes the drives at a start.
enum ConfigDriveCheck {
    private static let check = "config-drive"

    /// - Parameter hasHook: whether libvirt runs our hook.
    static func run(_ state: HostState, hasHook: Bool) throws -> [Finding] {
        let count: Int
        do {
            guard let store = try state.openIfPresent() else { return [] }
            count = try DriveRecords(store: store).all().filter { !$0.isUnset }.count
        } catch let error as StateError {
            return [.fail(check, error.message, mend: "restore \(state.stateFile) from a backup, or move it away")]
        }
        if count == 0 { return [] }
        let kept = "\(count) guest\(count == 1 ? " has" : "s have") a config drive in \(state.stateFile)"
        if hasHook { return [.ok(check, kept)] }
        return [
            .warn(
                check,
                kept + ", but the libvirt hook is not installed, so no drive is made or removed with its guest",
                mend: "hostler install libvirt"
            )
        ]
    }
}
