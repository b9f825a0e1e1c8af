using System.Text;
using System.Text.Json;

namespace Shoestring.Experiments;

/// <summary>What the page's script needs to draw the plot between other axes: each axis with its ticks and every candidate's place on it.</summary>
static class PlotData
{
    /// <summary>JSON without the characters that could end a script element.</summary>
    public static Markup Write(IReadOnlyList<ReportRow> rows, IReadOnlyList<PlotAxis> axes)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            Array(writer, "names", rows, row => writer.WriteStringValue(row.Name));
            Array(writer, "order", ParetoPlot.LabelOrder(rows), index => writer.WriteNumberValue(index));
            writer.WriteStartObject("axes");
            foreach (PlotAxis axis in axes)
            {
                Axis(writer, axis);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return new Markup(Encoding.UTF8.GetString(stream.ToArray()));
    }

    static void Axis(Utf8JsonWriter writer, PlotAxis axis)
    {
        writer.WriteStartObject(axis.Metric.Name);
        writer.WriteString("label", axis.Metric.Label);
        writer.WriteString("title", axis.Title);
        writer.WriteBoolean("less", axis.Metric.LowerIsBetter);
        Array(writer, "ticks", axis.Ticks, tick =>
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(Math.Round(tick.At, 5));
            writer.WriteStringValue(tick.Label);
            writer.WriteEndArray();
        });
        Array(writer, "at", axis.Figures, figure => Place(writer, axis, figure.Value));
        Array(writer, "low", axis.Figures, figure => Place(writer, axis, figure.Low));
        Array(writer, "high", axis.Figures, figure => Place(writer, axis, figure.High));
        Array(writer, "text", axis.Figures, figure => writer.WriteStringValue(ReportNumber.Format(axis.Metric, figure)));
        Array(writer, "range", axis.Figures, figure => writer.WriteStringValue(ReportNumber.Interval(axis.Metric, figure)));
        writer.WriteEndObject();
    }

    static void Place(Utf8JsonWriter writer, PlotAxis axis, double? value)
    {
        if (value is { } known)
        {
            writer.WriteNumberValue(Math.Round(axis.Position(known), 5));
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    static void Array<T>(Utf8JsonWriter writer, string name, IReadOnlyList<T> items, Action<T> write)
    {
        writer.WriteStartArray(name);
        foreach (T item in items)
        {
            write(item);
        }

        writer.WriteEndArray();
    }
}
