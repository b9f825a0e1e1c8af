using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>The receipt's energy: the counter's joules where there is one, else the model's, and the carbon behind them.</summary>
sealed class EnergySection(MeterOptions options, MeterReadings readings, Cost counted)
{
    public const double JoulesPerKilowattHour = 3.6e6;

    public EnergyFigures Build(double? predicted)
    {
        Figure modelled = Modelled();
        bool measured = readings.Joules.Value is not null;
        Figure joules = (measured ? readings.Joules : modelled).WithPrediction(predicted);
        return new EnergyFigures { Joules = joules, CarbonGrams = Carbon(joules), ModelledJoules = measured ? modelled : null };
    }

    Figure Modelled()
    {
        bool fits = counted.TrackedBytes is { } bytes && bytes <= options.LastLevelCacheBytes;
        var inputs = new EnergyInputs(
            readings.Seconds, readings.ProcessorSeconds, options.Threads, counted.Operations ?? default, counted.BytesMoved ?? 0, fits);
        Figure figure = EnergyModel.Estimate(inputs, options.Coefficients).ToFigure();
        string how = figure.How + Missing() + (readings.Joules.Value is null ? $"; no measurement: {readings.Joules.How}" : "");
        return Figure.Modelled(figure.Value!.Value, figure.Unit, how, figure.Low!.Value, figure.High!.Value);
    }

    // A total says what it does not include.
    string Missing() => (counted.Operations, counted.BytesMoved) switch
    {
        (null, null) => "; operations and bytes moved are not included, since this work did not count them",
        (null, _) => "; operations are not included, since this work did not count them",
        (_, null) => "; bytes moved are not included, since this work did not count them",
        _ => "",
    };

    Figure Carbon(Figure joules)
    {
        double grams = options.Grid.GramsPerKilowattHour / JoulesPerKilowattHour;
        double value = joules.Value!.Value;
        return Figure.Modelled(value * grams, Units.Grams, $"{value:G4} J × {options.Grid.GramsPerKilowattHour:G4} g/kWh ({options.Grid.Description})")
            .Within(joules, joule => joule * grams);
    }
}
