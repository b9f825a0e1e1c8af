using System.Text;
using System.Text.Json;

namespace Shoestring.Survey;

/// <summary>Papers as CSL-JSON (schema csl-data 1.0).</summary>
public static class CslJsonExport
{
    /// <summary>Writes an array of items.</summary>
    public static void Write(IReadOnlyList<Paper> papers, TextWriter writer)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (Paper paper in papers)
            {
                Item(json, paper);
            }

            json.WriteEndArray();
        }

        writer.Write(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
        writer.Write('\n');
    }

    static void Item(Utf8JsonWriter json, Paper paper)
    {
        bool archive = paper.Venue is null || VenueText.IsArchive(paper.Venue);
        json.WriteStartObject();
        json.WriteString("id", paper.Key);
        json.WriteString("type", archive ? "article" : "paper-conference");
        json.WriteString("title", paper.Title);
        if (paper.Authors.Count > 0)
        {
            json.WriteStartArray("author");
            foreach (string author in paper.Authors)
            {
                Name(json, author);
            }

            json.WriteEndArray();
        }

        if (paper.Year is { } year)
        {
            json.WriteStartObject("issued");
            json.WriteStartArray("date-parts");
            json.WriteStartArray();
            json.WriteNumberValue(year);
            json.WriteEndArray();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        Text("container-title", archive ? null : paper.Venue);
        Text("publisher", archive && paper.Arxiv is not null ? "arXiv" : null);
        Text("number", paper.Arxiv is null ? null : $"arXiv:{paper.Arxiv}");
        Text("DOI", paper.Doi);
        Text("URL", CatalogueExport.Address(paper.Url));
        Text("abstract", paper.Abstract);
        Text("keyword", paper.Keywords.Count > 0 ? string.Join(", ", paper.Keywords) : null);
        json.WriteEndObject();

        void Text(string name, string? value)
        {
            if (value is not null)
            {
                json.WriteString(name, value);
            }
        }
    }

    static void Name(Utf8JsonWriter json, string author)
    {
        json.WriteStartObject();
        int last = author.LastIndexOf(' ');
        if (last > 0)
        {
            json.WriteString("given", author[..last]);
            json.WriteString("family", author[(last + 1)..]);
        }
        else
        {
            json.WriteString("literal", author);
        }

        json.WriteEndObject();
    }
}
