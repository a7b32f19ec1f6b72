import Foundation
import TestSupport
import Testing

/// Guests whose disks come from templates that this host fetches: real servers, real libvirt, guests under emulation.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct TemplateTests {
    /// A compressed image behind a mirror that is dead.
    private static func metalink(_ packed: String, _ server: WebServer) throws {
        let size = try FileManager.default.attributesOfItem(atPath: packed)[.size] as? Int ?? 0
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="boot.qcow2.gz"><size>\(size)</size>
            <hash type="sha-256">\(try Templates.sha256(packed))</hash>
            <url priority="1">https://localhost:1/boot.qcow2.gz</url>
            <url priority="2">\(try server.url("boot.qcow2.gz"))</url></file></metalink>
            """
        try Data(text.utf8).write(to: server.root.appending(path: "boot.meta4"))
    }

    @Test(
        "a guest boots from an overlay on what a metalink with a dead mirror led to, its disk stays, and undo is whole"
    )
    func overlay() throws {
        try Templates.withHost { folder, server in
            let (packed, image) = try Templates.bootImage(folder, server)
            try Self.metalink(packed, server)
            let sum = try Templates.sha256(packed)
            try Guest.with("overlaid", in: folder) { guest in
                let before = try guest.definition
                let wrong = try Command.run([
                    Command.hostler, "set", guest.name, "template=\(try server.url("boot.meta4"))",
                    "template_checksum=sha256:" + String(repeating: "0", count: 64),
                ])
                #expect(wrong.errors.contains("check both"), "\(wrong.errors)")
                #expect(try server.requests("boot.qcow2.gz") == [])

                try guest.set("template=\(try server.url("boot.meta4"))", "template_checksum=sha256:\(sum)")
                try Command.check(Command.hostler, "start", guest.name)
                try guest.finish()
                #expect(guest.console.contains("cdrom vda"), "\(guest.console)")
                let copy = try #require(try Templates.copies().first { $0["state"] as? String == "ready" })
                let path = try #require(copy["path"] as? String)
                #expect(try Templates.sha256(path) == Templates.sha256(image))
                let disk = try guest.disk
                #expect(try Command.check("qemu-img", "info", disk).contains("backing file: \(path)"))

                let made = try Command.check("stat", "-c", "%i %w", disk)
                try Command.check(Command.hostler, "start", guest.name)
                try guest.finish()
                #expect(try Command.check("stat", "-c", "%i %w", disk) == made)
                #expect(try server.requests("boot.qcow2.gz").count == 1)
                #expect(try Templates.files(Templates.folder).count == 2)

                try Command.check(Command.hostler, "unset", guest.name, "template", "template_checksum")
                #expect(try guest.definition == before)
                #expect(ConfigDrives.exists(disk))
            }
        }
    }

    @Test("without the daemon the hook has it staged, refuses the start while that takes long, and a later one works")
    func hook() throws {
        try ConfigDrives.withHook {
            try Templates.withHost { folder, server in
                _ = try Templates.bootImage(folder, server)
                try Guest.with("hooked-disk", in: folder) { guest in
                    try guest.define(with: ["template": try server.url("boot.qcow2.gz")])
                    // More than the 20 seconds that the hook waits.
                    try server.restart(rate: "450k")
                    let refused = try Command.run(["virsh", "start", guest.name])
                    #expect(refused.status != 0)
                    #expect(refused.errors.contains(/template 'boot' is [0-9]+ % staged after/), "\(refused.errors)")
                    #expect(try guest.state.hasPrefix("shut off"))
                    #expect(!ConfigDrives.exists(try guest.disk))
                    try wait(for: "the process in the background") { try Templates.states() == ["ready"] }
                    try guest.start()
                    try guest.finish()
                    #expect(try server.requests("boot.qcow2.gz").count == 1)
                }
            }
        }
    }

    @Test("hostlerd stages for a guest that somebody defines; libvirt answers others while a start waits for it")
    func daemon() throws {
        try ConfigDrives.withHook {
            try Templates.withHost { folder, server in
                let (packed, _) = try Templates.bootImage(folder, server)
                let sum = try Templates.sha256(packed)
                try server.restart(rate: "700k")
                let metadata = """
                    <h:hostler xmlns:h='urn:hostler:domain:1.0'><h:template>\(try server.url("boot.qcow2.gz"))</h:template>\
                    <h:template_checksum>\(sum)</h:template_checksum></h:hostler>
                    """
                try Hostlerd.with(in: folder, "hook.wait=6s") { daemon in
                    try withOther(folder) {
                        try Guest.with("asked-for", in: folder, metadata: metadata) { guest in
                            try wait(for: "hostlerd to begin") {
                                try !server.requests("boot.qcow2.gz").isEmpty || isStaging()
                            }
                            // libvirt holds a guest, and with it the list of all, while its hook runs: not the others.
                            let script = """
                                virsh start "$1" 2>"$2" & start=$!
                                sleep 1
                                virsh start "$3" >/dev/null && virsh destroy "$3" >/dev/null && kill -0 $start && echo answers
                                wait $start
                                echo "status $?"
                                """
                            let errors = folder.appending(path: "errors")
                            let said = try Command.check("sh", "-c", script, "sh", guest.name, errors.path, "other")
                            let refusal = try String(contentsOf: errors, encoding: .utf8)
                            #expect(said.contains("answers") && said.contains("status 1"), "\(said) \(refusal)")
                            #expect(refusal.contains(/template 'boot' is [0-9]+ % staged after 5 s/), "\(refusal)")
                            try wait(for: "it to be staged") { try Templates.states() == ["ready"] }
                            try guest.start()
                            try guest.finish()
                            #expect(try server.requests("boot.qcow2.gz").count == 1)
                            try wait(for: "the event") {
                                try Command.check(Command.hostler, "events", "--last", "100").contains("TEMPLATE")
                            }
                        }
                    }
                }
            }
        }
    }

    @Test("a template that somebody edits out of a definition is not staged for it any more")
    func changedMind() throws {
        try Templates.withHost { folder, _ in
            let metadata = """
                <h:hostler xmlns:h='urn:hostler:domain:1.0'><h:template>https://localhost:1/no.qcow2</h:template></h:hostler>
                """
            try Hostlerd.with(in: folder) { _ in
                try Guest.with("undecided", in: folder, metadata: metadata) { guest in
                    try wait(for: "hostlerd to try it") { try Templates.states() == ["failed"] }
                    let file = folder.appending(path: "edited.xml")
                    let edited = try guest.definition.replacing(/<[a-z]+:template>[^<]*<\/[a-z]+:template>/, with: "")
                    #expect(try edited.contains("vda.qcow2") && edited != guest.definition)
                    try Data(edited.utf8).write(to: file)
                    try Command.check("virsh", "define", file.path)
                    try wait(for: "the disk to be taken out") { try !guest.definition.contains("vda.qcow2") }
                    try wait(for: "the wish to be dropped") {
                        let shown = try Command.check(Command.hostler, "template", "show", "no", "--json")
                        return shown.contains(/"disks" *: *\[\s*\]/)
                    }
                }
            }
        }
    }

    private func withOther(_ folder: URL, _ body: () throws -> Void) throws {
        let place = folder.appending(path: "other")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try Guest.with("other", in: place) { _ in try body() }
    }

    private func isStaging() throws -> Bool { try Templates.states() == ["staging"] }

    @Test("50 guests that start at once on one template have it fetched once, and a disk of their own each")
    func crowd() throws {
        let count = 50
        try ConfigDrives.withHook {
            try Templates.withHost { folder, server in
                let image = server.root.appending(path: "small.qcow2").path
                let make = "head -c 4M /dev/urandom >\"$1\" && qemu-img convert -f raw -O qcow2 \"$1\" \"$2\""
                try Command.check("sh", "-c", make, "sh", folder.appending(path: "raw").path, image)
                try server.restart(rate: "1m")
                let names = (1...count).map { "crowd-\($0)" }
                defer {
                    let end = "for n; do (virsh destroy $n; virsh undefine $n) >/dev/null 2>&1 & done; wait"
                    _ = try? Command.run(["sh", "-c", end, "sh"] + names)
                }
                for (index, name) in names.enumerated() {
                    let xml = """
                        <domain type='qemu'><name>\(name)</name>
                          <uuid>5e2f9a0c-3b60-4ee8-a3c4-8a0f2f4f\(4096 + index)</uuid>
                          <memory unit='MiB'>16</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>
                          <devices><controller type='usb' model='none'/><memballoon model='none'/></devices></domain>
                        """
                    let set = try Trial.transform(Array(xml.utf8), ["template": try server.url("small.qcow2")])
                    let file = folder.appending(path: "\(name).xml")
                    try Data(set).write(to: file)
                    try Command.check("virsh", "define", file.path)
                }
                // Half of them by libvirt's own tool, whose hook waits, half by ours.
                let script = """
                    for n in $(seq 1 2 \(count)); do virsh start crowd-$n --paused >"$1/out-$n" 2>&1 || echo "$n" & done
                    for n in $(seq 2 2 \(count)); do "$2" start crowd-$n --paused >"$1/out-$n" 2>&1 || echo "$n" & done
                    wait
                    """
                let failed = try Command.check("bash", "-c", script, "sh", folder.path, Command.hostler)
                let reason = failed.split(separator: "\n").first.map { "out-\($0)" }
                let text = try reason.map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) } ?? ""
                #expect(failed.isEmpty, "\(failed): \(text)")
                let running = try Command.check("virsh", "list", "--name").split(separator: "\n")
                #expect(running.count { $0.hasPrefix("crowd-") } == count)
                #expect(try server.requests("small.qcow2").count == 1)
                let files = try Templates.files(Templates.folder)
                #expect(files.count { $0.hasPrefix("hostler-") } == count && files.count == count + 1, "\(files)")
                #expect(try Templates.states() == ["ready"])
            }
        }
    }
}
