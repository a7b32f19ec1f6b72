internal import CLinux
internal import Glibc

/// A thread of our own, for work that waits in system calls.
package enum WorkThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread that nobody waits for.
    ///
    /// - Parameters:
    ///   - name: 15 bytes at most are shown.
    ///   - stack: in bytes.
    /// - Returns: why the system gives us none, an `errno`; 0 where it does.
    package static func start(
        _ name: String,
        stack: Int = 1 << 20,
        _ body: @escaping @Sendable () -> Void
    ) -> Int32 {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stack)
        let context = Unmanaged.passRetained(
            Body {
                // Only for those who look at the threads of the process.
                _ = hostler_name_thread(name)
                body()
            }
        )
        var thread = pthread_t()
        let number = pthread_create(&thread, &attributes, Self.main, context.toOpaque())
        if number != 0 { context.release() }
        return number
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        return nil
    }
}
