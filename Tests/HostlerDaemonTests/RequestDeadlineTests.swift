import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import HostlerDaemon

@Suite("deadlines of requests")
struct RequestDeadlineTests {
    private static let head = HTTPRequestPart.head(HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/"))
    private static let answer = HTTPResponsePart.head(HTTPResponse(status: .ok))

    private func with(_ body: (EmbeddedChannel, ConnectionTable) throws -> Void) throws {
        let table = ConnectionTable(limit: 1)
        let channel = EmbeddedChannel(handler: RequestDeadline(.seconds(10), table))
        try channel.connect(to: .init(ipAddress: "127.0.0.1", port: 1)).wait()
        try body(channel, table)
    }

    @Test("a request has to be there in time; what it takes to answer it does not count")
    func inTime() throws {
        try with { channel, _ in
            try channel.writeInbound(Self.head)
            channel.embeddedEventLoop.advanceTime(by: .seconds(9))
            try channel.writeInbound(HTTPRequestPart.end(nil))
            channel.embeddedEventLoop.advanceTime(by: .seconds(1000))
            #expect(channel.isActive)
            try channel.writeOutbound(Self.answer)
            try channel.writeOutbound(HTTPResponsePart.end(nil))
            channel.embeddedEventLoop.advanceTime(by: .seconds(9))
            #expect(channel.isActive)
            channel.embeddedEventLoop.advanceTime(by: .seconds(2))
            #expect(!channel.isActive)
        }
    }

    @Test("a drip of bytes is no request")
    func drip() throws {
        try with { channel, _ in
            try channel.writeInbound(Self.head)
            for _ in 0..<9 {
                channel.embeddedEventLoop.advanceTime(by: .seconds(1))
                try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "x")))
            }
            #expect(channel.isActive)
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            #expect(!channel.isActive)
        }
    }

    @Test("once it is refused, the rest of a request keeps the connection neither open nor from giving way")
    func early() throws {
        for isSentWhole in [true, false] {
            try with { channel, table in
                try channel.writeInbound(Self.head)
                try channel.writeOutbound(Self.answer)
                try channel.writeOutbound(HTTPResponsePart.end(nil))
                if isSentWhole {
                    try channel.writeInbound(HTTPRequestPart.end(nil))
                } else {
                    channel.embeddedEventLoop.advanceTime(by: .seconds(10))
                }
                #expect(!channel.isActive)
                #expect(table.count == 0)
            }
        }
    }
}
