import Foundation
import Glibc
import TestSupport
import Testing

@testable import HostlerCommands
@testable import LibvirtClient
@testable import Operations

@Suite struct DoctorTests {
    private let scratch: Scratch
    private var files: FileSystem { FileSystem(root: scratch.path) }

    init() throws { scratch = try Scratch() }

    @Test func oldLibvirtFails() {
        let version = Version(7, 0, 0)
        #expect(LibvirtCheck.finding("qemu:///system", libvirt: Version(6, 1, 0), hypervisor: version).status == .fail)
        #expect(LibvirtCheck.finding("qemu:///system", libvirt: Version(6, 2, 0), hypervisor: version).status == .ok)
    }

    @Test func blockDriverIsLookedFor() throws {
        #expect(try BlockDriverCheck.run(files).status == .warn)
        try scratch.write("", to: "usr/lib/x86_64-linux-gnu/qemu/block-ssh.so")
        #expect(try BlockDriverCheck.run(files).status == .fail)
        try scratch.write("", to: "usr/lib/x86_64-linux-gnu/qemu/block-curl.so")
        #expect(try BlockDriverCheck.run(files).status == .ok)
    }

    @Test func hookThatLeadsNowhereFails() throws {
        #expect(try HooksCheck.run(files).map(\.status) == [.warn])
        try HookInstaller(root: scratch.path, isDryRun: false) { _ in }.install(.vdsm, hook: HookContract.defaultHook)
        let finding = try #require(try HooksCheck.run(files).first)
        #expect(finding.status == .fail)
        #expect(finding.mend?.contains("hostler uninstall vdsm") == true)
    }

    @Test func hookOfAnotherNameIsKnownFromTheRecord() throws {
        try HookInstaller(root: scratch.path, isDryRun: false) { _ in }.install(.vdsm, hook: "/opt/hostler")
        #expect(try HooksCheck.run(files).map(\.check) == ["hook-vdsm"])
        try FileManager.default.removeItem(atPath: files.place(InstallRecord.path(.vdsm)))
        #expect(try HooksCheck.run(files).map(\.check) == ["hooks"])
    }

    @Test(arguments: [
        (8_999_999_999, Finding.Status.ok, "has started since"),
        (9_000_000_001, .warn, "in the second in which the hook came"),
        (10_000_000_000, .warn, "in the second in which the hook came"),
        (11_000_000_000, .warn, "has not seen them unless it was reloaded"),
    ])
    func daemonHasSeenWhatIsOlder(hook: Int, status: Finding.Status, words: String) {
        let finding = HooksCheck.seen(firstHook: hook, Daemon(name: "virtqemud", startTime: 10_000_000_000))
        #expect(finding.status == status)
        #expect(finding.detail.contains(words))
        #expect(status == .ok || finding.mend == "systemctl reload virtqemud; guests go on")
    }

    @Test func checkThatCannotBeMadeIsAWarning() throws {
        let denied = SystemError("cannot look at /etc/libvirt/hooks/qemu", number: EACCES)
        let finding = try #require(DoctorCommand.attempt("hooks") { throw denied }.first)
        #expect(finding.status == .warn)
        #expect(finding.detail == "not checked: cannot look at /etc/libvirt/hooks/qemu: permission denied")
        #expect(finding.mend == "run it as root")
        #expect(try JSON.text(finding).contains("\"mend\" : \"run it as root\""))
        try scratch.write("nonsense\n", to: "var/lib/hostler/install/vdsm")
        try scratch.makeDirectory("usr/libexec/vdsm/hooks/before_vm_start")
        try FileManager.default.createSymbolicLink(
            atPath: files.place(HookContract.vdsm.path),
            withDestinationPath: "/opt/x"
        )
        let findings = DoctorCommand.localFindings(files)
        #expect(findings.contains { $0.check == "hooks" && $0.status == .warn && $0.mend != "run it as root" })
        #expect(findings.map(\.check).contains("confinement"))
    }

    @Test func emptyTrustStoreFails() throws {
        #expect(TrustStoreCheck.run(path: scratch.path + "/none").status == .fail)
        let path = try scratch.write("-----BEGIN CERTIFICATE-----\n", to: "ca.pem")
        #expect(TrustStoreCheck.run(path: path).status == .ok)
    }

    @Test func allowedURLsAreRead() throws {
        #expect(AllowedURLsCheck.run(path: scratch.path + "/none").status == .ok)
        #expect(AllowedURLsCheck.run(path: try scratch.write("# none\n", to: "a")).status == .warn)
        #expect(AllowedURLsCheck.run(path: try scratch.write("https://a/.*\n", to: "b")).status == .ok)
        #expect(AllowedURLsCheck.run(path: try scratch.write("[\n", to: "c")).status == .fail)
    }

    @Test func seLinuxBooleanMatters() throws {
        #expect(try ConfinementCheck.run(files).map(\.status) == [.ok])
        try scratch.write("1", to: "sys/fs/selinux/enforce")
        try scratch.write("0 0", to: "sys/fs/selinux/booleans/virt_hooks_unconfined")
        #expect(try ConfinementCheck.run(files).map(\.status) == [.warn])
        try scratch.write("1 1", to: "sys/fs/selinux/booleans/virt_hooks_unconfined")
        #expect(try ConfinementCheck.run(files).map(\.status) == [.ok])
    }

    @Test func appArmorNeedsARule() throws {
        try scratch.write("Y\n", to: "sys/module/apparmor/parameters/enabled")
        try scratch.write("", to: "etc/apparmor.d/usr.sbin.libvirtd")
        #expect(try ConfinementCheck.run(files).map(\.status) == [.ok])
        try HookInstaller(root: scratch.path, isDryRun: false) { _ in }.install(
            .libvirt,
            hook: "/opt/hostler/hostler-hook"
        )
        #expect(try ConfinementCheck.run(files).map(\.status) == [.warn])
        try scratch.write("/opt/hostler/hostler-hook PUx,\n", to: "etc/apparmor.d/local/usr.sbin.libvirtd")
        #expect(try ConfinementCheck.run(files).map(\.status) == [.ok])
        #expect(ConfinementCheck.isRunnable(HookContract.defaultHook))
        #expect(!ConfinementCheck.isRunnable("/usr/local/bin/hostler-hook"))
    }

    @Test func findingsAreLines() {
        let finding = Finding.fail("x", "it\nis \u{1B}[2J broken", mend: "a\rb")
        #expect(finding.text(coloured: false) == "fail  x: it is  [2J broken\n      -> a b\n")
    }

    @Test func mendStandsBelow() {
        let finding = Finding.fail("x", "it is broken", mend: "repair it")
        #expect(finding.text(coloured: false) == "fail  x: it is broken\n      -> repair it\n")
    }

    @Test func hostlerdMayBeAbsentButNotBroken() throws {
        #expect(DaemonCheck.run(socket: scratch.path + "/none").status == .warn)
    }

    @Test(
        "a certificate is looked at 30 days before its end",
        arguments: [(60, [Finding.Status.ok]), (20, [.warn]), (1, [.warn])]
    )
    func certificates(days: Int, status: [Finding.Status]) throws {
        let state = HostState(folder: scratch.path + "/state")
        #expect(try CertificatesCheck.run(state, host: "a").isEmpty)
        let store = try state.open()
        #expect(try CertificatesCheck.run(state, host: "a").isEmpty)
        let pem = try TestCertificate.make("/CN=Mirror", days: days, in: URL(filePath: scratch.path))
        let zone = try Zones(store: store).zone(named: "z").id
        _ = try Zones(store: store).present(id: "a", name: "a", zone: zone)
        let record = try CertificateRegistry(store: store).upload(pem, alias: "mirror", zone: zone)
        #expect(try CertificatesCheck.run(state, host: "a").map(\.status) == status)
        let later = Timestamp.now() + (days + 1) * 86_400_000
        #expect(try CertificatesCheck.run(state, host: "a", now: later).map(\.status) == [.fail])
        _ = try CertificateRegistry(store: store).revoke(record.id)
        #expect(try CertificatesCheck.run(state, host: "a", now: later).isEmpty)
    }
}
