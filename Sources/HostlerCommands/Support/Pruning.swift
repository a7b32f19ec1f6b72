internal import Operations

/// What the commands that remove what nobody needs have in common.
enum Pruning {
    /// Removes `leftovers` and says so, or says what would be removed.
    ///
    /// - Throws: a failure where one could not be removed, which is said already.
    static func run(_ leftovers: [Leftover], isDryRun: Bool, isJSON: Bool) throws {
        var removed: [Leftover] = []
        for leftover in leftovers {
            // One that cannot be removed is no reason to leave the others.
            do {
                if !isDryRun { try leftover.remove() }
                removed.append(leftover)
            } catch {
                guard let failure = OperationError(wrapping: error), let message = failure.message else { throw error }
                Terminal.complain("\(leftover.report.what) is not removed: \(message)")
            }
        }
        if isJSON {
            try Terminal.print(try JSON.text(removed.map(\.report)))
        } else {
            let verb = isDryRun ? "would remove" : "removed"
            for leftover in removed { try Terminal.say("\(verb) \(leftover.report.what): \(leftover.report.reason)") }
            if leftovers.isEmpty { try Terminal.say("nothing to remove") }
        }
        if removed.count < leftovers.count { throw OperationError(.failure, nil) }
    }
}
