using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>Writes the survey as a static site, and shows it on this machine where that is asked for.</summary>
sealed class SiteVerb : Verb
{
    const string UsualFolder = "site";
    const int UsualPort = 8000, LastPort = 65535;

    readonly Option<string?> output = Values.Text("--output", $"The site's folder, replaced as a whole (default {UsualFolder})", "DIR", "-o");
    readonly Option<string?> root = Values.Text("--base-url", "Where it will be read: feed and sitemap need whole addresses, all other links are relative", "URL");
    readonly Option<string?> catalogue = PaperCatalogue.Option();
    readonly Option<bool> serve = Values.Flag("--serve", "Show it to browsers on this machine until Ctrl-C");
    readonly Option<int?> port = Values.Integer("--port", $"Port of --serve (default {UsualPort})", 1, LastPort);

    public SiteVerb() : base("site", "Write the survey as a static site: tree, techniques, matrix, papers with search",
        new Example("shoestring site -o site --base-url https://example.org/survey/", "for publishing"),
        new Example("shoestring site --serve", "to look at it here"))
    {
        Add(output);
        Add(root);
        Add(catalogue);
        Add(serve);
        Add(port);
    }

    public override Answer Run(Session session)
    {
        int at = session.Value(port) ?? UsualPort;
        var local = new Uri($"http://127.0.0.1:{at}/");
        // The catalogue's papers join those of the techniques that run here, which the site always has.
        using CatalogueStore store = PaperCatalogue.Read(session, catalogue);
        SiteSummary site = StaticSite.Write(store.All(), session.Value(output) ?? UsualFolder, new SiteOptions { Root = Root(session) ?? local }, session.Cancellation);
        if (Root(session) is null && !session.Value(serve))
        {
            session.Note($"feed and sitemap name {local}; give --base-url to publish the site");
        }

        if (session.Value(serve))
        {
            Serve(session, site, at);
        }

        return new Answer(new WorkReport(new Work("site")), writer => Fields(writer, site))
        {
            Text = text => text.WriteLine($"{site.Folder}: {site.Pages} pages of {site.Papers} papers, {FigureText.Format(site.Bytes, Units.Bytes)}, the largest page {FigureText.Format(site.LargestPageBytes, Units.Bytes)}"),
        };
    }

    static void Serve(Session session, SiteSummary site, int port)
    {
        using var server = new PreviewServer(site.Folder, port);
        session.Note($"{server.Address} shows {site.Folder}; Ctrl-C ends it");
        server.Run(session.Cancellation).GetAwaiter().GetResult();
    }

    Uri? Root(Session session)
    {
        if (session.Value(root) is not { } text)
        {
            return null;
        }

        return Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" && address.Query.Length == 0 && address.Fragment.Length == 0
            ? address
            : throw new InputException($"'{text}' is no address of a site", "--base-url", "give one that begins with http:// or https://, without ? and #");
    }

    static void Fields(Utf8JsonWriter writer, SiteSummary site)
    {
        writer.WriteString("folder", site.Folder);
        writer.WriteNumber("papers", site.Papers);
        writer.WriteNumber("pages", site.Pages);
        writer.WriteNumber("files", site.Files);
        writer.WriteNumber("bytes", site.Bytes);
        writer.WriteNumber("largestPageBytes", site.LargestPageBytes);
    }
}
