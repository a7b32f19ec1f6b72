extension CommandRegistry {
    /// Every command that Hostler has. A new one is a file beside this one and a line here.
    package static let standard = CommandRegistry(
        [
            ListAPIs(), ListCapabilities(),
            ListZones(), ListHosts(),
            ListVirtualMachines(), DeployVirtualMachine(), StartVirtualMachine(), StopVirtualMachine(),
            RebootVirtualMachine(), UpdateVirtualMachine(), ResetPasswordForVirtualMachine(),
            ResetSSHKeyForVirtualMachine(),
            RegisterSSHKeyPair(), ListSSHKeyPairs(), DeleteSSHKeyPair(),
            UploadTemplateDirectDownloadCertificate(), RevokeTemplateDirectDownloadCertificate(),
            ListTemplateDirectDownloadCertificates(), ProvisionTemplateDirectDownloadCertificate(),
            UpdateTemplateDirectDownloadCertificate(), DeleteTemplateDirectDownloadCertificate(),
            RegisterTemplate(), ListTemplates(), DeleteTemplate(), RegisterIso(), ListIsos(), DeleteIso(),
            ListOSTypes(), ListOSCategories(),
            ListEvents(), ListConfigurations(), UpdateConfiguration(),
            QueryAsyncJobResult(), ListAsyncJobs(),
        ] + EmptyList.all
    )
}
