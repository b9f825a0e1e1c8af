using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>The catalogue that a command works on: a file, or what the tool comes with where there is none yet.</summary>
static class PaperCatalogue
{
    /// <summary>The option that names another file.</summary>
    public static Option<string?> Option() => Values.Text("--catalogue", "The catalogue's file (default: catalogue.db in the data folder; without one, the catalogue that comes with the tool)", "FILE");

    /// <summary>For reading: nothing is written where there is no file.</summary>
    public static CatalogueStore Read(Session session, Option<string?> option)
    {
        string path = Path(session, option);
        return File.Exists(path) ? CatalogueStore.Open(path)
            : session.Value(option) is null ? CatalogueStore.Of(Catalogue.BuiltIn())
            : throw new InputException("there is no such catalogue", path, "make it with shoestring papers import, or leave --catalogue out");
    }

    /// <summary>For writing: a new file begins with what comes with the tool, unless it is to begin empty.</summary>
    public static CatalogueStore Write(Session session, Option<string?> option, bool empty)
    {
        string path = Path(session, option);
        bool fresh = !File.Exists(path);
        CatalogueStore store = CatalogueStore.Open(path);
        if (empty && store.Count > 0)
        {
            store.Dispose();
            throw new InputException("--empty is for a new catalogue, and this one has papers", path, "name another file, or move this one away");
        }

        if (fresh && !empty)
        {
            store.Replace(Catalogue.BuiltIn());
        }

        return store;
    }

    /// <summary>Reads a file of entries.</summary>
    public static IReadOnlyList<SourceEntry> Entries(string path, string? format, string? source)
    {
        IReadOnlyList<SourceEntry> entries = SourceFile.Read(path, UserFiles.ReadText(path), format);
        return source is null ? entries : [.. entries.Select(entry => entry with { Source = source })];
    }

    static string Path(Session session, Option<string?> option) => session.Value(option) ?? System.IO.Path.Combine(session.Host.Folders.Data, "catalogue.db");
}
