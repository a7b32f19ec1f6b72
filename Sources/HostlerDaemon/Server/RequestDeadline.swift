internal import NIOCore
internal import NIOHTTPTypes

/// Closes a connection whose client takes too long for a request: a drip of bytes keeps a mere idle timeout away.
final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let time: TimeAmount
    private let table: ConnectionTable
    private var timer: Scheduled<Void>?
    /// Whether a request is there, but not its end.
    private var isIncomplete = false
    /// Whether an answer went out before the end of its request, whose rest is of no use.
    private var isAnsweredEarly = false

    init(_ time: TimeAmount, _ table: ConnectionTable) { (self.time, self.table) = (time, table) }

    func handlerAdded(context: ChannelHandlerContext) {
        table.add(context.channel)
        start(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        table.remove(context.channel)
        timer?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        table.remove(context.channel)
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: isIncomplete = true
        case .body: break
        case .end:
            isIncomplete = false
            if isAnsweredEarly {
                context.close(promise: nil)
                return
            }
            timer?.cancel()
            table.work(context.channel)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            isAnsweredEarly = isIncomplete
            table.wait(context.channel)
            start(context)
        }
        context.write(data, promise: promise)
    }

    private func start(_ context: ChannelHandlerContext) {
        timer?.cancel()
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }
}
