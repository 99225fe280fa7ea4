package io.vectorferry.demo;

import java.util.ArrayList;
import java.util.List;

/** True sentences made from tables of facts. */
public final class Articles {
    private record Capital(String country, String city, String continent) {}

    private static final List<Capital> CAPITALS = List.of(
            new Capital("France", "Paris", "Europe"),
            new Capital("Italy", "Rome", "Europe"),
            new Capital("Spain", "Madrid", "Europe"),
            new Capital("Portugal", "Lisbon", "Europe"),
            new Capital("Norway", "Oslo", "Europe"),
            new Capital("Poland", "Warsaw", "Europe"),
            new Capital("Japan", "Tokyo", "Asia"),
            new Capital("Thailand", "Bangkok", "Asia"),
            new Capital("Mongolia", "Ulaanbaatar", "Asia"),
            new Capital("Vietnam", "Hanoi", "Asia"),
            new Capital("Kenya", "Nairobi", "Africa"),
            new Capital("Ghana", "Accra", "Africa"),
            new Capital("Senegal", "Dakar", "Africa"),
            new Capital("Peru", "Lima", "South America"),
            new Capital("Uruguay", "Montevideo", "South America"),
            new Capital("Canada", "Ottawa", "North America"));

    private static final List<Article> PLANETS = List.of(
            new Article("Mercury", "Mercury is the planet nearest to the Sun and has no moon.", "planets"),
            new Article("Venus", "Venus is the hottest planet, under thick clouds of sulphuric acid.", "planets"),
            new Article("Earth", "Earth is the only planet known to carry life.", "planets"),
            new Article("Mars", "Mars is red from iron oxide and has two small moons.", "planets"),
            new Article("Jupiter", "Jupiter is the largest planet, with a storm called the Great Red Spot.", "planets"),
            new Article("Saturn", "Saturn is the planet famous for its bright rings of ice.", "planets"),
            new Article("Uranus", "Uranus rolls around the Sun on its side.", "planets"),
            new Article("Neptune", "Neptune is the planet farthest from the Sun, with the fastest winds.", "planets"));

    private Articles() {}

    public static List<Article> all() {
        List<Article> articles = new ArrayList<>(PLANETS);
        for (Capital capital : CAPITALS) {
            articles.add(new Article(
                    capital.city,
                    "%s is the capital of %s, a country in %s."
                            .formatted(capital.city, capital.country, capital.continent),
                    "capitals"));
            articles.add(new Article(
                    capital.country,
                    "The government of %s has its seat in %s.".formatted(capital.country, capital.city),
                    "capitals"));
        }
        return articles;
    }
}
