/// One way to write down a network.
struct NetworkFormat: Sendable {
    /// For messages.
    let name: String
    /// Whether a file is meant to be of this format, right or wrong.
    let recognizes: @Sendable (_ root: Field) -> Bool
    let read: @Sendable (_ root: Field, _ guest: GuestFacts) throws(ConfigDriveError) -> NetworkDraft

    /// The first that recognizes a file reads it.
    static let all = [NetworkConfigV2.format, NetworkConfigV1.format, NetworkData.format]
}
