using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>One HTML page that loads nothing: its style and script are in it, and a content security policy allows no others.</summary>
/// <param name="title">What it is of.</param>
/// <param name="body">What stands in it.</param>
sealed class ReportPage(string title, Markup body)
{
    /// <summary>Its script, or nothing.</summary>
    public string Script { get; init; } = "";

    /// <summary>The page.</summary>
    public string Text => Markup.Of($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-{Hash(ReportStyle.Text)}'{Markup.If(Script.Length > 0, () => Markup.Of($"; script-src 'sha256-{Hash(Script)}'"))}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{title} · Shoestring report</title>
        <style>{new Markup(ReportStyle.Text)}</style>
        </head>
        <body>
        {body}
        {Markup.If(Script.Length > 0, () => Markup.Of($"<script>{new Markup(Script)}</script>"))}
        </body>
        </html>

        """).Text;

    /// <summary>Writes a page, whole or not at all.</summary>
    /// <exception cref="InputException">It cannot be written there.</exception>
    public static void Write(string page, string path)
    {
        try
        {
            AtomicFile.Write(path, page);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the report cannot be written ({fault.Message.ReplaceLineEndings(" ").TrimEnd('.')})", path,
                "free some space or choose another folder with -o", fault);
        }
    }

    /// <summary>Who wrote it and when.</summary>
    public static Markup Footer(string version, DateTimeOffset time) =>
        Markup.Of($"<footer><p>Written by Shoestring {version} on {Day(time)}. This page is one file and loads nothing.</p></footer>");

    /// <summary>A time as readers take it.</summary>
    public static string Day(DateTimeOffset time) => time.ToUniversalTime().ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    // The policy's hash is over the element's text exactly, with line feeds, which is how a browser reads it.
    static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
