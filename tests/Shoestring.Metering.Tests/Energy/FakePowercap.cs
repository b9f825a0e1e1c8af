namespace Shoestring.Metering.Tests;

/// <summary>A folder of counter files in the layout of /sys/class/powercap.</summary>
sealed class FakePowercap : IDisposable
{
    public FakePowercap() => Directory.CreateDirectory(Root);

    public string Root { get; } = Path.Combine(Path.GetTempPath(), $"powercap-{Guid.NewGuid():N}");

    public FakePowercap Add(string domain, string name, ulong energy, ulong range = 262_143_328_850)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Root, domain)).FullName;
        File.WriteAllText(Path.Combine(folder, "name"), name + "\n");
        File.WriteAllText(Path.Combine(folder, "max_energy_range_uj"), range + "\n");
        Set(domain, energy);
        return this;
    }

    public string PathOf(string domain, string file) => Path.Combine(Root, domain, file);

    public void Set(string domain, ulong energy) => File.WriteAllText(PathOf(domain, "energy_uj"), energy + "\n");

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
