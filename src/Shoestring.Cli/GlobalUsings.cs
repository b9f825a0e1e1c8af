global using System.CommandLine;
global using System.Globalization;
global using System.Text.Json;
global using Shoestring.Experiments;
global using Shoestring.Metering;
global using Shoestring.Tensors;
global using Work = Shoestring.Metering.Work;
