namespace Shoestring.Experiments.Tests;

public class UserFoldersTests
{
    [Fact]
    public void Shoestring_home_holds_everything() =>
        UserFolders.From(name => name == "SHOESTRING_HOME" ? "/h" : "/other").ShouldBe(new UserFolders("/h", "/h", "/h"));

    [Fact]
    public void Xdg_folders_are_honoured_when_absolute()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "XDG folders are Linux's");
        UserFolders folders = UserFolders.From(name => name switch
        {
            "XDG_CONFIG_HOME" => "/c",
            "XDG_DATA_HOME" => "/d",
            "XDG_CACHE_HOME" => "/k",
            _ => null,
        });
        folders.ShouldBe(new UserFolders("/c/shoestring", "/d/shoestring", "/k/shoestring"));
        (folders.PricesFile, folders.LedgerFile, folders.MachineFile)
            .ShouldBe(("/c/shoestring/prices.json", "/d/shoestring/ledger.db", "/k/shoestring/machine.json"));
        UserFolders.From(name => name == "XDG_CACHE_HOME" ? "relative" : null).Cache.ShouldEndWith("/.cache/shoestring");
    }
}
