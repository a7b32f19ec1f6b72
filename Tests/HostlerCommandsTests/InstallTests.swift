import ArgumentParser
import Foundation
import Glibc
import Testing

@testable import HostlerCommands
@testable import LibvirtClient
@testable import Operations

@Suite struct InstallTests {
    private let hook = HookContract.defaultHook
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func installer(dryRun: Bool = false, _ report: @escaping (String) -> Void = { _ in }) -> HookInstaller {
        HookInstaller(root: scratch.path + "/", isDryRun: dryRun, report: report)
    }

    @Test(arguments: HookContract.all.map(\.name))
    func uninstallLeavesNoTrace(name: String) throws {
        let contract = try #require(HookContract.all.first { $0.name == name })
        try installer().install(contract, hook: hook)
        #expect(try scratch.link(String(contract.path.dropFirst())) == hook)
        try installer().uninstall([contract])
        #expect(scratch.tree() == [])
    }

    @Test func foldersThatWereThereStay() throws {
        try scratch.makeDirectory("etc/libvirt/hooks")
        try scratch.makeDirectory("var/lib/hostler")
        let before = scratch.tree()
        try installer().install(.libvirt, hook: hook)
        try installer().uninstall([.libvirt])
        #expect(scratch.tree() == before)
    }

    @Test func anyOrderOfSeveralLeavesNoTrace() throws {
        for contract in HookContract.all { try installer().install(contract, hook: hook) }
        for contract in HookContract.all { try installer().uninstall([contract]) }
        #expect(scratch.tree() == [])
        for contract in HookContract.all { try installer().install(contract, hook: hook) }
        for contract in HookContract.all.reversed() { try installer().uninstall([contract]) }
        #expect(scratch.tree() == [])
    }

    @Test func doingItAgainChangesNothing() throws {
        var lines: [String] = []
        try installer().install(.vdsm, hook: hook)
        let before = scratch.tree()
        try installer { lines.append($0) }.install(.vdsm, hook: hook)
        #expect(scratch.tree() == before)
        #expect(lines == ["vdsm: installed already: \(scratch.path)\(HookContract.vdsm.path) -> \(hook)"])
        try installer().uninstall([.vdsm])
        lines = []
        try installer { lines.append($0) }.uninstall([.vdsm])
        #expect(lines == ["vdsm: not installed"])
    }

    @Test func anotherHookProgramTakesTheOldOnesPlace() throws {
        try installer().install(.vdsm, hook: hook)
        try installer().install(.vdsm, hook: "/opt/hostler-hook")
        #expect(try scratch.link(String(HookContract.vdsm.path.dropFirst())) == "/opt/hostler-hook")
        try installer().uninstall([.vdsm])
        #expect(scratch.tree() == [])
    }

    @Test func dryRunSaysAllAndChangesNothing() throws {
        var lines: [String] = []
        try installer(dryRun: true) { lines.append($0) }.install(.cloudstack, hook: hook)
        #expect(scratch.tree() == [])
        #expect(lines.first == "would create directory \(scratch.path)/var")
        #expect(lines.last == "would link \(scratch.path)\(HookContract.cloudstack.path) -> \(hook)")
        try installer().install(.cloudstack, hook: hook)
        let before = scratch.tree()
        try installer(dryRun: true).uninstall([.cloudstack])
        #expect(scratch.tree() == before)
    }

    @Test func anotherProgramsHookStays() throws {
        try scratch.write("#!/bin/sh\n", to: "etc/libvirt/hooks/qemu")
        try scratch.write("#!/bin/sh\n", to: String(HookContract.cloudstack.path.dropFirst()))
        let before = scratch.tree()
        let error = try #require(throws: OperationError.self) { try installer().install(.cloudstack, hook: hook) }
        #expect(error.code == .failure)
        #expect(error.message?.contains("is another program's hook, and stays; ") == true)
        #expect(throws: OperationError.self) { try installer().install(.oldLibvirt, hook: hook) }
        #expect(scratch.tree() == before)
        try installer().install(.libvirt, hook: hook)
        try installer().uninstall([.libvirt, .oldLibvirt])
        #expect(scratch.tree() == before)
    }

    @Test func filesOfOthersInOurFoldersStay() throws {
        try installer().install(.libvirt, hook: hook)
        try scratch.write("#!/bin/sh\n", to: "etc/libvirt/hooks/qemu.d/60-mine")
        try installer().uninstall([.libvirt])
        #expect(scratch.exists("etc/libvirt/hooks/qemu.d/60-mine"))
        #expect(!scratch.exists("var"))
    }

    @Test func linkOfAnotherProgramInOurPlaceStays() throws {
        try installer().install(.libvirt, hook: "/opt/ours")
        let path = scratch.path + "/" + HookContract.libvirt.path.dropFirst()
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/opt/theirs")
        #expect(throws: OperationError.self) { try installer().install(.libvirt, hook: hook) }
        var lines: [String] = []
        try installer { lines.append($0) }.uninstall([.libvirt])
        #expect(try scratch.link(String(HookContract.libvirt.path.dropFirst())) == "/opt/theirs")
        #expect(lines.contains { $0.contains("is not Hostler's any more, and stays") })
        #expect(!scratch.exists("var"))
    }

    @Test func linksDoNotLeadOutOfTheRoot() throws {
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/etc", withDestinationPath: "/tmp")
        #expect(throws: OperationError.self) { try installer().install(.libvirt, hook: hook) }
        #expect(scratch.tree() == ["etc"])
    }

    @Test func recordThatIsNotOursIsNotFollowed() throws {
        try scratch.write("link etc/passwd\n", to: "var/lib/hostler/install/vdsm")
        #expect(throws: OperationError.self) { try installer().uninstall([.vdsm]) }
    }

    @Test func oldLibvirtHasOneFile() {
        #expect(LibvirtHooks.contract(version: Version(6, 4, 0)).path == "/etc/libvirt/hooks/qemu")
        #expect(LibvirtHooks.contract(version: Version(6, 5, 0)).path == "/etc/libvirt/hooks/qemu.d/50-hostler")
    }

    @Test func hookBesideTheProgramIsTheDefault() throws {
        let program = try scratch.write("", to: "local/bin/hostler")
        let own = FileSystem(root: "/")
        #expect(HookContract.hook(root: own, program: program) == hook)
        let beside = try scratch.write("", to: "local/bin/hostler-hook")
        #expect(HookContract.hook(root: own, program: program) == hook)
        #expect(chmod(beside, 0o755) == 0)
        #expect(HookContract.hook(root: own, program: program) == beside)
        #expect(HookContract.hook(root: FileSystem(root: "/image"), program: program) == hook)
        #expect(HookContract.hook(root: own, program: nil) == hook)
    }

    @Test func hooksThatCannotBeRunDoNotCount() throws {
        let files = FileSystem(root: scratch.path)
        #expect(try LibvirtHooks.neighbour(files) == nil)
        let other = try scratch.write("#!/bin/sh\n", to: "etc/libvirt/hooks/qemu")
        #expect(try LibvirtHooks.scripts(files) == [])
        #expect(try LibvirtHooks.neighbour(files)?.hasSuffix("passes over it, since it is not executable") == true)
        #expect(chmod(other, 0o755) == 0)
        #expect(try LibvirtHooks.scripts(files) == ["/etc/libvirt/hooks/qemu"])
        #expect(try LibvirtHooks.neighbour(files)?.hasSuffix("and stays; libvirt runs both") == true)
        try FileManager.default.removeItem(atPath: other)
        try FileManager.default.createSymbolicLink(atPath: other, withDestinationPath: hook)
        #expect(try LibvirtHooks.neighbour(files) == nil)
    }

    @Test func lackOfRightsSaysWhoHasThem() throws {
        let options = try InstallOptions.parse(["vdsm"])
        let error = try #require(throws: OperationError.self) {
            try options.sayingWhoMay { throw SystemError("cannot create /etc/x", number: EACCES) }
        }
        #expect(error == OperationError(.failure, "cannot create /etc/x: permission denied; run it as root"))
        #expect(throws: SystemError.self) {
            try options.sayingWhoMay { throw SystemError("cannot create /etc/x", number: ENOSPC) }
        }
    }

    @Test func samplesAgreeWithTheTable() throws {
        let folder = repository.appending(path: "hooks.d")
        let entries = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        let links = entries.filter { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: folder.appending(path: name).path)) != nil
        }
        #expect(Set(links) == Set(HookContract.all.map(\.sample)))
        for contract in HookContract.all {
            let sample = folder.appending(path: contract.sample)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: sample.path) == hook)
            #expect(sample.lastPathComponent == contract.link)
        }
    }
}
