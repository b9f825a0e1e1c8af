using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shoestring.Metering;

/// <summary>
/// Writes and reads a <see cref="Figure"/> by hand, so that every document that embeds one has the same five fields,
/// whatever naming and null policy its own serializer context has.
/// </summary>
public sealed class FigureConverter : JsonConverter<Figure>
{
    static readonly string[] sources = [.. Enum.GetValues<FigureSource>().Select(FigureText.Name)];

    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Figure value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStartObject();
        WriteNumber(writer, "value", value.Value);
        writer.WriteString("unit", value.Unit);
        writer.WriteString("source", FigureText.Name(value.Source));
        writer.WriteString("how", value.How);
        WriteNumber(writer, "predicted", value.Predicted);
        WriteOptional(writer, "predictionError", value.PredictionError);
        WriteOptional(writer, "low", value.Low);
        WriteOptional(writer, "high", value.High);
        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public override Figure Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException($"a figure is an object, found {reader.TokenType}");
        }

        var fields = new Fields();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            fields.Take(name, ref reader);
        }

        return fields.ToFigure();
    }

    static void WriteNumber(Utf8JsonWriter writer, string name, double? number)
    {
        if (number is { } known)
        {
            writer.WriteNumber(name, known);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    static void WriteOptional(Utf8JsonWriter writer, string name, double? number)
    {
        if (number is { } known && double.IsFinite(known))
        {
            writer.WriteNumber(name, known);
        }
    }

    ref struct Fields
    {
        double? value, predicted, low, high;
        string? unit, source, how;

        public void Take(string name, ref Utf8JsonReader reader)
        {
            switch (name)
            {
                case "value": value = Number(ref reader); break;
                case "predicted": predicted = Number(ref reader); break;
                case "low": low = Number(ref reader); break;
                case "high": high = Number(ref reader); break;
                case "unit": unit = Text(ref reader); break;
                case "source": source = Text(ref reader); break;
                case "how": how = Text(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        public readonly Figure ToFigure()
        {
            int index = Array.IndexOf(sources, source);
            if (unit is null || how is null || index < 0)
            {
                throw new JsonException($"a figure has unit, how, and a source among {string.Join(", ", sources)}; found source '{source}'");
            }

            if (value is null != ((FigureSource)index == FigureSource.Unavailable))
            {
                throw new JsonException("a figure's value is null exactly when its source is unavailable");
            }

            Figure figure = value is { } known
                ? Figure.Known(known, unit, (FigureSource)index, how)
                : Figure.Unavailable(unit, how);
            figure = figure.WithPrediction(predicted);
            return low is { } from && high is { } to ? figure.Within(from, to) : figure;
        }

        static double? Number(ref Utf8JsonReader reader) => reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.Number when reader.TryGetDouble(out double number) => number,
            _ => throw new JsonException($"expected a number or null, found {reader.TokenType}"),
        };

        static string Text(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String
            ? reader.GetString()!
            : throw new JsonException($"expected a string, found {reader.TokenType}");
    }
}
