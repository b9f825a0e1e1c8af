namespace Shoestring.Experiments;

/// <summary>
/// Where this user's files live. SHOESTRING_HOME, when set, holds all of them; otherwise the operating system's folders do
/// (on Linux the XDG base directories).
/// </summary>
/// <param name="Configuration">Files that the user edits: prices.json.</param>
/// <param name="Data">Files that must not be lost: ledger.db.</param>
/// <param name="Cache">Files that can be made anew: machine.json.</param>
public sealed record UserFolders(string Configuration, string Data, string Cache)
{
    const string Name = "shoestring";

    /// <summary>The folders by this process's environment.</summary>
    public static UserFolders Current => From(Environment.GetEnvironmentVariable);

    /// <summary>The user's prices.</summary>
    public string PricesFile => Path.Combine(Configuration, "prices.json");

    /// <summary>The ledger of receipts.</summary>
    public string LedgerFile => Path.Combine(Data, "ledger.db");

    /// <summary>The limits of this machine.</summary>
    public string MachineFile => Path.Combine(Cache, "machine.json");

    internal static UserFolders From(Func<string, string?> environment)
    {
        if (environment("SHOESTRING_HOME") is { Length: > 0 } home)
        {
            return new UserFolders(home, home, home);
        }

        return new UserFolders(
            Folder("XDG_CONFIG_HOME", Environment.SpecialFolder.ApplicationData),
            Folder("XDG_DATA_HOME", Environment.SpecialFolder.LocalApplicationData),
            CacheFolder());

        // The XDG specification has relative paths ignored.
        string Folder(string variable, Environment.SpecialFolder folder) => Path.Combine(
            !OperatingSystem.IsWindows() && environment(variable) is { } path && Path.IsPathRooted(path)
                ? path
                : Environment.GetFolderPath(folder, Environment.SpecialFolderOption.DoNotVerify), Name);

        string CacheFolder() =>
            OperatingSystem.IsWindows() ? Path.Combine(Folder("", Environment.SpecialFolder.LocalApplicationData), "cache")
            : environment("XDG_CACHE_HOME") is { } path && Path.IsPathRooted(path) ? Path.Combine(path, Name)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
                OperatingSystem.IsMacOS() ? "Library/Caches" : ".cache", Name);
    }
}
