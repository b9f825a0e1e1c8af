using System.Diagnostics;

namespace Shoestring.Harvest;

/// <summary>Makes the files, serves them, and lets every program fetch them in turn.</summary>
static class Measurement
{
    const int FileBytes = 50_000, Parallel = 16;
    const double WantedRate = 0.9, MemoryLimit = 150e6;

    public static HarvestResult Run(string work, int files, long largeBytes, int rounds)
    {
        var site = Directory.CreateDirectory(Path.Combine(work, "site")).FullName;
        Write(site, files, largeBytes);
        using var nginx = new Nginx(site, work);
        var list = Path.Combine(work, "urls.txt");
        File.WriteAllLines(list, Enumerable.Range(0, files).Select(i => $"{nginx.Address}{i}.pdf"));
        Side[] own = Own("index.html", nginx);
        Side[] peers =
        [
            new("aria2, 16 at a time", ["aria2c", "--quiet", "--no-conf", $"--max-concurrent-downloads={Parallel}", "--dir={out}", $"--input-file={list}"]),
            new("wget, from a list", ["wget", "--quiet", "--no-config", "--directory-prefix={out}", $"--input-file={list}"]),
            new("wget, from the page", ["wget", "--quiet", "--no-config", "--recursive", "--level=1", "--no-directories", "--accept=pdf", "--directory-prefix={out}", $"{nginx.Address}index.html"]),
        ];
        Side[] sides = [.. own, .. peers];
        var speed = Contest.Run($"{files} files of {FileBytes} bytes", "files/s", rounds,
            [.. sides.Select(side => new Contender(side.Name, () => files / side.Run(work, files)))]);
        var largeSides = Own("large.html", nginx);
        var large = Contest.Run($"one file of {largeBytes} bytes", "MB/s", 2,
            [.. largeSides.Select(side => new Contender(side.Name, () => largeBytes / 1e6 / side.Run(work, 1)))]);
        var fastest = speed.Series[own.Length..].Max(series => series.Median);
        return new(HarvestResult.SchemaName, Machine.Here(), Versions(), rounds, [speed, large],
        [
            .. speed.Series[..own.Length].Select(series => new Goal($"rate over the fastest peer's, {series.Name}", series.Median / fastest, WantedRate, AtLeast: true)),
            .. own.Select(side => new Goal($"peak resident bytes, {files} files, {side.Name}", side.PeakResidentBytes, MemoryLimit, AtLeast: false)),
            .. largeSides.Select(side => new Goal($"peak resident bytes, one file of {largeBytes} bytes, {side.Name}", side.PeakResidentBytes, MemoryLimit, AtLeast: false)),
        ]);
    }

    static Side[] Own(string page, Nginx nginx)
    {
        string[] verb = ["harvest", nginx.Address + page, "-o", "{out}", "--rate", "unlimited", "--allow-private", "--json", "--quiet"];
        var ahead = Path.GetFullPath("artifacts/starts/shoestring");
        return
        [
            new("shoestring, compiled at start", ["dotnet", Path.GetFullPath("artifacts/bin/Shoestring.Cli/release/shoestring.dll"), .. verb]),
            .. File.Exists(ahead) ? [new Side("shoestring, compiled ahead of time", [ahead, .. verb])] : Array.Empty<Side>(),
        ];
    }

    // A head and an end as PDFs have them, and between them bytes that nothing can compress, different in each.
    static void Write(string site, int files, long largeBytes)
    {
        var bytes = new byte[FileBytes];
        for (var i = 0; i < files; i++)
        {
            new Random(i).NextBytes(bytes);
            "%PDF-1.4\n"u8.CopyTo(bytes);
            "\n%%EOF\n"u8.CopyTo(bytes.AsSpan(FileBytes - 7));
            File.WriteAllBytes(Path.Combine(site, $"{i}.pdf"), bytes);
        }

        File.WriteAllText(Path.Combine(site, "index.html"), string.Concat(Enumerable.Range(0, files).Select(i => $"<a href=\"{i}.pdf\">Lecture {i}</a>\n")));
        File.WriteAllText(Path.Combine(site, "large.html"), "<a href=\"large.pdf\">Large</a>");
        using var large = File.Create(Path.Combine(site, "large.pdf"));
        large.Write("%PDF-1.4\n"u8);
        large.SetLength(largeBytes - 7);
        large.Seek(0, SeekOrigin.End);
        large.Write("\n%%EOF\n"u8);
    }

    static string[] Versions() => [First("nginx", "-v"), First("aria2c", "--version"), First("wget", "--version")];

    static string First(string program, string argument)
    {
        using var process = Process.Start(new ProcessStartInfo(program, [argument]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var text = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return text.Split('\n')[0].Trim();
    }
}
