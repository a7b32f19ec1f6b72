import Glibc

/// libFuzzer's entry for programs that keep their own `main`, which the package manager insists on
/// (https://llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a library").
@_silgen_name("LLVMFuzzerRunDriver")
private func LLVMFuzzerRunDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Feeds `callback` until the options on the command line say stop.
public func fuzz(_ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt) -> CInt {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    return LLVMFuzzerRunDriver(&count, &arguments, callback)
}

/// libFuzzer's library also holds a `main` that asks for this symbol; it is never called, since ours is the program's.
@_cdecl("LLVMFuzzerTestOneInput")
public func unusedEntry(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt { 0 }

/// Ends the run the way libFuzzer notices, with the reason in its log.
public func fail(_ reason: String) -> Never {
    var line = Array("law broken: \(reason)\n".utf8)
    write(STDERR_FILENO, &line, line.count)
    abort()
}
