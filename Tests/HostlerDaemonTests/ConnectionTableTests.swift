import NIOCore
import NIOEmbedded
import Testing

@testable import HostlerDaemon

@Suite("connections")
struct ConnectionTableTests {
    @Test("the one that has waited longest gives way, never one that is answered")
    func eviction() throws {
        let table = ConnectionTable(limit: 3)
        let channels = (0..<6).map { _ in EmbeddedChannel() }
        for channel in channels { try channel.connect(to: .init(ipAddress: "127.0.0.1", port: 1)).wait() }
        for channel in channels[..<3] { table.add(channel) }
        table.work(channels[0])
        table.add(channels[3])
        #expect(channels.map(\.isActive) == [true, false, true, true, true, true])
        // Answered: from now on it waits, and later than the others.
        table.wait(channels[0])
        table.add(channels[4])
        #expect(channels.map(\.isActive) == [true, false, false, true, true, true])
        for channel in channels[3...4] + [channels[0]] { table.work(channel) }
        table.add(channels[5])
        #expect(!channels[5].isActive && table.count == 3)
        for channel in channels { table.remove(channel) }
        #expect(table.count == 0)
    }

    @Test("thousands that come and go leave nothing")
    func churn() {
        let table = ConnectionTable(limit: 10)
        for _ in 0..<5000 {
            let channel = EmbeddedChannel()
            table.add(channel)
            table.work(channel)
            table.wait(channel)
            table.remove(channel)
        }
        #expect(table.count == 0)
    }
}
