internal import Operations

/// The commands that the API has.
package struct CommandRegistry: Sendable {
    /// By name, in the order of the alphabet.
    package let commands: [any APICommand]
    private let byName: [String: any APICommand]

    package init(_ commands: [any APICommand]) {
        self.commands = commands.sorted { $0.name < $1.name }
        byName = Dictionary(commands.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The command of this name. CloudStack tells upper case from lower case, which nobody has a use for.
    package subscript(name: String) -> (any APICommand)? { byName[name.lowercased()] }

    /// The command whose name differs the least from `name`; `nil` where none is near.
    func nearest(_ name: String) -> String? {
        guard let best = Spelling.nearest(to: name, in: commands.map(\.name)),
            best.distance <= max(2, min(name.utf8.count, 100) / 4)
        else { return nil }
        return best.name
    }
}
