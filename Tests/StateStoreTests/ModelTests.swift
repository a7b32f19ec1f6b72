import Testing

@testable import StateStore

/// What the store promises, in the simplest words: everything in one dictionary.
private struct Model {
    var keys: [String: KeyValue] = [:]
    var leases: [LeaseID: (ttl: Int64, deadline: Int64)] = [:]
    var revision: Int64 = 1
    var time: Int64 = 0

    /// Leases end one by one, in the order of their deadlines.
    mutating func expire() {
        let expired = leases.filter { $0.value.deadline <= time }
        for (id, _) in expired.sorted(by: {
            ($0.value.deadline, $0.key.rawValue) < ($1.value.deadline, $1.key.rawValue)
        }) {
            end(id)
        }
    }

    mutating func end(_ id: LeaseID) {
        let doomed = keys.values.filter { $0.lease == id }
        if !doomed.isEmpty { revision += 1 }
        for keyValue in doomed { keys[keyValue.key] = nil }
        leases[id] = nil
    }

    func range(_ range: KeyRange, limit: Int?) -> (found: [KeyValue], more: Bool) {
        let all = keys.values.filter { range.contains($0.key) }.sorted {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }
        guard let limit else { return (all, false) }
        return (Array(all.prefix(limit)), all.count > limit)
    }

    /// - Returns: `nil` where a lease is not known.
    mutating func transaction(
        _ compare: [Compare],
        _ success: [RequestOp],
        _ failure: [RequestOp]
    ) -> TransactionResponse? {
        let before = self
        let succeeded = compare.allSatisfy { $0.holds(for: keys[$0.key]) }
        let next = revision + 1
        var responses: [ResponseOp] = []
        for operation in succeeded ? success : failure {
            switch operation {
            case .put(let key, let value, lease: let lease):
                if let lease, leases[lease] == nil {
                    self = before
                    return nil
                }
                let old = keys[key]
                keys[key] = KeyValue(
                    key: key,
                    value: value,
                    createRevision: old?.createRevision ?? next,
                    modRevision: next,
                    version: (old?.version ?? 0) + 1,
                    lease: lease
                )
                revision = next
                responses.append(.put)
            case .delete(let range):
                let doomed = keys.keys.filter { range.contains($0) }
                for key in doomed { keys[key] = nil }
                if !doomed.isEmpty { revision = next }
                responses.append(.delete(deleted: doomed.count))
            case .get(let range, limit: let limit):
                let (found, more) = self.range(range, limit: limit)
                responses.append(.get(found, more: more))
            }
        }
        return TransactionResponse(succeeded: succeeded, responses: responses, revision: revision)
    }
}

@Suite("random requests against a model")
struct ModelTests {
    private static let keys = ["/a", "/a/b", "/a/c", "/ab", "/b", "/b/é", "c"]
    private static let prefixes = ["", "/", "/a", "/a/", "/b/", "x"]

    private struct Player {
        var random: SeededGenerator
        var model = Model()

        mutating func pick<Element>(_ from: [Element]) -> Element {
            from[Int.random(in: 0..<from.count, using: &random)]
        }
        mutating func key() -> String { pick(ModelTests.keys) }
        mutating func value() -> [UInt8] { [UInt8.random(in: 0...3, using: &random)] }
        mutating func range() -> KeyRange {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: .span(from: key(), to: key())
            case 1: .prefix(pick(ModelTests.prefixes))
            default: .key(key())
            }
        }

        mutating func lease() -> LeaseID? {
            guard Int.random(in: 0..<3, using: &random) == 0 else { return nil }
            let known = model.leases.keys.sorted { $0.rawValue < $1.rawValue }
            return pick(known + [LeaseID(rawValue: 99_999)])
        }

        mutating func compare() -> Compare {
            let result = pick([Compare.Result.equal, .notEqual, .less, .greater])
            let key = key()
            let number = Int64.random(in: 0...(model.revision + 1), using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return .value(key, result, value())
            case 1: return .version(key, result, Int64.random(in: 0...3, using: &random))
            case 2: return .createRevision(key, result, number)
            default: return .modRevision(key, result, number)
            }
        }

        /// No key is changed twice, which is refused before the store is asked.
        mutating func operations() -> [RequestOp] {
            var taken: [KeyRange] = []
            return (0..<Int.random(in: 0...4, using: &random)).map { _ in
                let key = key()
                switch Int.random(in: 0..<4, using: &random) {
                case 0...1 where !taken.contains { $0.contains(key) }:
                    taken.append(.key(key))
                    return .put(key, value(), lease: lease())
                case 2:
                    let range = range()
                    let meets = taken.contains { if case .key(let own) = $0 { range.contains(own) } else { false } }
                    if meets { return .get(range) }
                    taken.append(range)
                    return .delete(range)
                default: return .get(range(), limit: pick([nil, 1, 2, 5]))
                }
            }
        }
    }

    @Test("they give the same answers", arguments: 1...8 as ClosedRange<UInt64>)
    func same(seed: UInt64) throws {
        try withFile { file throws in
            let clock = FakeClock()
            // Two of one file, so that each sees what the other did.
            let stores = [
                try StateStore(path: file, clock: clock.clock, busyMilliseconds: 10_000),
                try StateStore(path: file, clock: clock.clock, busyMilliseconds: 10_000),
            ]
            var player = Player(random: SeededGenerator(seed: seed))
            for step in 0..<300 {
                try play(&player, stores[step % 2], clock)
                let all = try stores[(step + 1) % 2].range(prefix: "")
                player.model.expire()
                try #require(all.keyValues == player.model.range(.prefix(""), limit: nil).found, "step \(step)")
                try #require(all.revision == player.model.revision, "step \(step)")
            }
        }
    }

    private func play(_ player: inout Player, _ store: StateStore, _ clock: FakeClock) throws {
        player.model.expire()
        switch Int.random(in: 0..<10, using: &player.random) {
        case 0:
            let seconds = Int64.random(in: 1...4, using: &player.random)
            clock.advance(seconds: seconds)
            player.model.time += seconds
        case 1:
            let ttl = Int64.random(in: 1...6, using: &player.random)
            let id = try store.grant(ttl: ttl)
            #expect(player.model.leases[id] == nil)
            player.model.leases[id] = (ttl, player.model.time + ttl)
        case 2:
            guard let id = player.lease() else { return }
            let known = player.model.leases[id]
            #expect((try? store.keepAlive(id)) == known?.ttl)
            if let known { player.model.leases[id] = (known.ttl, player.model.time + known.ttl) }
        case 3:
            guard let id = player.lease() else { return }
            let known = player.model.leases[id]
            let status = try? store.timeToLive(id)
            #expect(status?.ttl == known.map { $0.deadline - player.model.time })
            #expect(
                status?.keys
                    == known.map { _ in
                        player.model.range(.prefix(""), limit: nil).found.filter { $0.lease == id }.map(\.key)
                    }
            )
            if Bool.random(using: &player.random) {
                player.model.end(id)
                #expect((try? store.revoke(id)) == known.map { _ in player.model.revision })
            }
        case 4:
            let key = player.key()
            #expect(try store.get(key) == player.model.keys[key])
        case 5:
            let (range, limit) = (player.pick(Self.prefixes), player.pick([nil, 1, 3] as [Int?]))
            let (from, to) = (player.pick([nil, player.key()]), player.pick([nil, player.key()]))
            let order = player.pick([KeyOrder.ascending, .descending])
            let found = try store.range(prefix: range, from: from, to: to, limit: limit, order: order)
            var expected = player.model.range(.prefix(range), limit: nil).found.filter { entry in
                (from.map { !entry.key.utf8.lexicographicallyPrecedes($0.utf8) } ?? true)
                    && (to.map { entry.key.utf8.lexicographicallyPrecedes($0.utf8) } ?? true)
            }
            if order == .descending { expected.reverse() }
            #expect(found.keyValues == limit.map { Array(expected.prefix($0)) } ?? expected)
            #expect(found.more == limit.map { expected.count > $0 } ?? false)
            #expect(try store.count(prefix: range, from: from, to: to) == expected.count)
        default:
            let compare = (0..<Int.random(in: 0...2, using: &player.random)).map { _ in player.compare() }
            let (success, failure) = (player.operations(), player.operations())
            let expected = player.model.transaction(compare, success, failure)
            #expect((try? store.transaction(compare: compare, success: success, failure: failure)) == expected)
        }
    }
}
