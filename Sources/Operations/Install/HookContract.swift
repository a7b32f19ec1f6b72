/// A place where somebody else's stack lets a program see domains: what `install` puts where.
package struct HookContract: Sendable {
    /// As the command line calls it.
    package let name: String
    /// Whose programs run the hook.
    package let stack: String
    /// Where that stack looks.
    package let directory: String
    /// The name of the link, which tells the hook by which contract it is called.
    package let link: String
    /// The entry of the repository's `hooks.d` for it.
    package let sample: String
    /// What to do by hand where another program's file has that name already.
    package let advice: String
    /// What else is to be done for the stack to use it; `nil` where that is all.
    package var note: String?

    package var path: String { directory + "/" + link }

    /// Where distributions have the program that the links lead to, and hooks.d expects it.
    package static let defaultHook = "/usr/bin/hostler-hook"

    /// The program that the links lead to unless told otherwise: the one beside this program, whatever prefix both were
    /// installed to.
    ///
    /// - Parameter root: of another system it is not known where that has its programs.
    package static func hook(root: FileSystem, program: String? = Files.resolved("/proc/self/exe")) -> String {
        guard root.root.isEmpty, let program, let slash = program.lastIndex(of: "/") else { return defaultHook }
        let beside = program[...slash] + "hostler-hook"
        return Files.isExecutable(String(beside)) ? String(beside) : defaultHook
    }

    /// Since libvirt 6.5 a folder, beside the one file of older releases that only one program can have: VDSM, CloudStack's
    /// agent and virt-launcher each bring a `qemu` of their own, at any time, and would overwrite ours or be refused.
    package static let libvirt = HookContract(
        name: "libvirt",
        stack: "libvirt",
        directory: "/etc/libvirt/hooks/qemu.d",
        link: "50-hostler",
        sample: "libvirt/qemu.d/50-hostler",
        advice: "move it away, or give it another name"
    )

    /// For libvirt before 6.5, which knows no folder.
    package static let oldLibvirt = HookContract(
        name: "libvirt",
        stack: "libvirt",
        directory: "/etc/libvirt/hooks",
        link: "qemu",
        sample: "libvirt/qemu.d/50-hostler",
        advice: "libvirt before 6.5 runs this one file alone: call hostler-hook libvirt \"$@\" from it"
    )

    package static let vdsm = HookContract(
        name: "vdsm",
        stack: "oVirt's VDSM",
        directory: "/usr/libexec/vdsm/hooks/before_vm_start",
        link: "50_hostler",
        sample: "vdsm/before_vm_start/50_hostler",
        advice: "move it away, or give it another number",
        note: "oVirt's engine hands over the properties that it knows, on its host: engine-config -s "
            + "UserDefinedVMProperties='httpsisoboot=^https://.*$' --cver=4.7"
    )

    package static let cloudstack = HookContract(
        name: "cloudstack",
        stack: "CloudStack's agent",
        directory: "/etc/cloudstack/agent/hooks",
        link: "libvirt-vm-xml-transformer.sh",
        sample: "cloudstack/libvirt-vm-xml-transformer.sh",
        advice: "the agent runs this one file alone: pass its result through hostler-hook cloudstack transform XML"
    )

    package static let kubevirt = HookContract(
        name: "kubevirt",
        stack: "KubeVirt's sidecar",
        directory: "/usr/bin",
        link: "onDefineDomain",
        sample: "kubevirt/onDefineDomain",
        advice: "a sidecar runs this one file alone: make an image of its own for Hostler"
    )

    package static let all = [libvirt, vdsm, cloudstack, kubevirt]
}
