import Synchronization

@testable import HostlerAPI

/// What an observer was told.
final class Recorder: Sendable {
    private let seen = Mutex<(observations: [APIObservation], texts: [String])>(([], []))
    var all: [APIObservation] { seen.withLock { $0.observations } }
    var texts: [String] { seen.withLock { $0.texts } }
    func add(_ observation: APIObservation) { seen.withLock { $0.observations.append(observation) } }
    func add(_ text: String) { seen.withLock { $0.texts.append(text) } }
}
